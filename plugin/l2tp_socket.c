// SPDX-License-Identifier: GPL-2.0-or-later

#include "l2tp_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <utils/debug.h>
#include <threading/mutex.h>
#include <threading/thread.h>

#include "daemon/ike/message.h"
#include "l2tp_abi.h"
#include "l2tp_queue.h"

/* messages that culvertd may be behind, by default; a burst of that many
 * CHILD_SAs, or of a few rekeys of each */
#define QUEUE_LIMIT 4096
#define QUEUE_MAX   (1u << 20)

/* of a peer that says nonsense, this many are mentioned in the log */
#define COMPLAINTS 5

/* messages taken at a time, so that a talkative peer can't keep the thread */
#define BATCH 64

typedef struct private_l2tp_socket_t private_l2tp_socket_t;

/**
 * Private data of an l2tp_socket_t object.
 */
struct private_l2tp_socket_t {

	/**
	 * Public interface.
	 */
	l2tp_socket_t public;

	/**
	 * What to tell.
	 */
	l2tp_children_t *children;

	/**
	 * What to say about marks.
	 */
	l2tp_marks_t *marks;

	/**
	 * Path of the socket.
	 */
	char *path;

	/**
	 * Where culvertd connects.
	 */
	int listening;

	/**
	 * Messages that culvertd may be behind.
	 */
	u_int limit;

	/**
	 * culvertd, -1 if it isn't there.  Only the thread uses it.
	 */
	int fd;

	/**
	 * Wakes the thread.
	 */
	int wake;

	/**
	 * The thread, the only one to use a descriptor.
	 */
	thread_t *thread;

	/**
	 * The peer has said nonsense so many times.
	 */
	u_int complaints;

	/**
	 * For everything below.
	 */
	mutex_t *mutex;

	/**
	 * What culvertd is to be told.
	 */
	l2tp_queue_t *queue;

	/**
	 * culvertd is there and has greeted: it gets messages.
	 */
	bool greeted;

	/**
	 * Something had to be thrown away: it gets a snapshot, when it listens.
	 */
	bool overflow;

	/**
	 * The plugin goes.
	 */
	bool stop;

	/**
	 * Held while the callback runs, so that it can be taken away.
	 */
	mutex_t *calling;

	/**
	 * Who gets what it says.
	 */
	l2tp_socket_cb_t cb;

	/**
	 * And what that one wants to have.
	 */
	void *user;
};

/**
 * Wake the thread; never blocks, as the counter can't get that high
 */
static void wake(private_l2tp_socket_t *this)
{
	uint64_t one = 1;

	ignore_result(write(this->wake, &one, sizeof(one)));
}

METHOD(l2tp_socket_t, send_, bool,
	private_l2tp_socket_t *this, const void *msg, size_t len)
{
	bool there, was_empty = FALSE;

	this->mutex->lock(this->mutex);
	there = this->greeted;
	if (there && !this->overflow)
	{
		was_empty = !this->queue->get_count(this->queue);
		if (!this->queue->put(this->queue, msg, len))
		{
			this->queue->clear(this->queue);
			this->overflow = TRUE;
		}
	}
	there = there && !this->overflow;
	this->mutex->unlock(this->mutex);
	if (was_empty)
	{
		wake(this);
	}
	return there;
}

/**
 * Something has become of a CHILD_SA
 */
static void changed(private_l2tp_socket_t *this, const void *msg, size_t len)
{
	send_(this, msg, len);
}

/**
 * Queue a part of a snapshot
 */
static void snapshot_part(private_l2tp_socket_t *this, const void *msg,
						  size_t len)
{
	this->mutex->lock(this->mutex);
	this->queue->put_always(this->queue, msg, len);
	this->mutex->unlock(this->mutex);
}

/**
 * Whether a plugin is loaded
 */
static bool has_plugin(char *name)
{
	enumerator_t *enumerator;
	plugin_t *plugin;
	linked_list_t *features;
	bool found = FALSE;

	enumerator = lib->plugins->create_plugin_enumerator(lib->plugins);
	while (enumerator->enumerate(enumerator, &plugin, &features))
	{
		if (streq(plugin->get_name(plugin), name))
		{
			found = TRUE;
			break;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Who we are, and what is to be known of this charon
 */
static struct ike_hello hello(private_l2tp_socket_t *this)
{
	struct ike_hello hello = {
		.head = {
			.type = IKE_HELLO,
			.version = IKE_VERSION,
		},
		.flags = IKE_SETS_MARKS,
		.mark_mask = this->marks->get_mask(this->marks),
		.software = "strongSwan " PACKAGE_VERSION,
	};

	if (l2tp_abi_has_ikev1())
	{
		hello.flags |= IKE_HAS_IKEV1;
	}
	if (has_plugin("forecast"))
	{
		hello.flags |= IKE_HAS_FORECAST;
		DBG1(DBG_CFG, "l2tp: plugin 'forecast' is loaded and takes packets to "
			 "the wrong client of a NAT: set forecast { load = no }");
	}
	if (has_plugin("connmark"))
	{
		hello.flags |= IKE_HAS_CONNMARK;
		DBG1(DBG_CFG, "l2tp: plugin 'connmark' is loaded and of no use for "
			 "L2TP: set connmark { load = no }");
	}
	return hello;
}

/**
 * Begin with culvertd from the start: nothing that was queued is of use
 */
static void begin_snapshot(private_l2tp_socket_t *this)
{
	struct ike_hello greeting = hello(this);

	/* The table is locked while it is told, and a change takes that lock before
	 * it is queued, so what comes after this one is news. */
	this->mutex->lock(this->mutex);
	this->queue->clear(this->queue);
	this->queue->put_always(this->queue, &greeting, sizeof(greeting));
	this->mutex->unlock(this->mutex);
	this->children->snapshot(this->children,
							 (l2tp_children_cb_t)snapshot_part, this);
}

/**
 * Hand on what culvertd says, or that it is gone
 */
static void call(private_l2tp_socket_t *this, const struct ike_head *head)
{
	this->calling->lock(this->calling);
	if (this->cb)
	{
		this->cb(this->user, head);
	}
	this->calling->unlock(this->calling);
}

/**
 * culvertd is gone, or has to go
 */
static void hang_up(private_l2tp_socket_t *this)
{
	if (this->fd == -1)
	{
		return;
	}
	close(this->fd);
	this->fd = -1;
	this->mutex->lock(this->mutex);
	this->greeted = FALSE;
	this->overflow = FALSE;
	this->queue->clear(this->queue);
	this->mutex->unlock(this->mutex);
	call(this, NULL);
}

/**
 * Somebody connects
 */
static void answer(private_l2tp_socket_t *this)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int fd, room = this->limit * sizeof(struct ike_child);

	fd = accept4(this->listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1)
	{
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1 || cred.uid)
	{
		DBG1(DBG_CFG, "l2tp: somebody who isn't root connects to %s: refused",
			 this->path);
		close(fd);
		return;
	}
	if (this->fd != -1)
	{
		DBG1(DBG_CFG, "l2tp: another culvertd connects, and takes the place of "
			 "the one before");
		hang_up(this);
	}
	/* the kernel has a queue, too, and needn't have the longer one */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	this->fd = fd;
	this->complaints = 0;
}

/**
 * The other end has greeted: from now on it is told everything
 */
static void greeted(private_l2tp_socket_t *this, const struct ike_hello *hello)
{
	DBG1(DBG_CFG, "l2tp: %s is connected", hello->software);
	this->mutex->lock(this->mutex);
	this->greeted = TRUE;
	this->overflow = TRUE;
	this->mutex->unlock(this->mutex);
}

/**
 * Whether culvertd has greeted, and is to be told things
 */
static bool is_greeted(private_l2tp_socket_t *this)
{
	bool greeted;

	this->mutex->lock(this->mutex);
	greeted = this->greeted;
	this->mutex->unlock(this->mutex);
	return greeted;
}

/**
 * A message was received, FALSE to hang up
 */
static bool received(private_l2tp_socket_t *this, const void *msg, size_t len)
{
	const struct ike_head *head = msg;
	bool greeting;
	int err;

	err = ike_message_check(msg, len, IKE_FROM_CULVERTD);
	greeting = !is_greeted(this);
	if (err == -EPROTO)
	{
		DBG1(DBG_CFG, "l2tp: culvertd speaks version %u of the protocol and "
			 "this plugin version %u: install them from the same release",
			 head->version, IKE_VERSION);
		return FALSE;
	}
	if (err || greeting != (head->type == IKE_HELLO))
	{
		if (this->complaints++ < COMPLAINTS)
		{
			DBG1(DBG_CFG, "l2tp: ignored a message of %zu bytes from culvertd "
				 "that %s", len, err ? "makes no sense" : "comes out of turn");
		}
		return TRUE;
	}
	if (greeting)
	{
		greeted(this, msg);
	}
	else
	{
		call(this, head);
	}
	return TRUE;
}

/**
 * Take what was said, FALSE to hang up
 */
static bool receive(private_l2tp_socket_t *this)
{
	/* one byte more than the longest, so that a longer one is seen to be; not a
	 * char array, as it is looked at as a struct */
	union {
		struct ike_head head;
		struct ike_child longest;
		char bytes[IKE_MESSAGE_MAX + 1];
	} msg;
	ssize_t len;
	int i;

	for (i = 0; i < BATCH; i++)
	{
		len = recv(this->fd, &msg, sizeof(msg.bytes), MSG_DONTWAIT);
		if (len == -1)
		{
			return errno == EAGAIN || errno == EINTR;
		}
		if (len == 0)
		{
			/* the end, or a message of no bytes: no way to tell, nor a need */
			DBG1(DBG_CFG, "l2tp: culvertd is gone");
			return FALSE;
		}
		if (!received(this, &msg, len))
		{
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * The next message to send; a snapshot first if something was thrown away
 */
static chunk_t next(private_l2tp_socket_t *this)
{
	chunk_t msg = chunk_empty;
	bool overflow;

	this->mutex->lock(this->mutex);
	overflow = this->overflow;
	this->overflow = FALSE;
	if (!overflow)
	{
		msg = this->queue->get(this->queue);
	}
	this->mutex->unlock(this->mutex);
	if (overflow)
	{
		begin_snapshot(this);
		this->mutex->lock(this->mutex);
		msg = this->queue->get(this->queue);
		this->mutex->unlock(this->mutex);
	}
	return msg;
}

/**
 * Send what culvertd takes, FALSE to hang up
 */
static bool transmit(private_l2tp_socket_t *this, bool *waiting)
{
	chunk_t msg;

	*waiting = FALSE;
	while ((msg = next(this)).len)
	{
		if (send(this->fd, msg.ptr, msg.len, MSG_DONTWAIT | MSG_NOSIGNAL) != -1)
		{
			chunk_free(&msg);
			continue;
		}
		if (errno == EINTR || errno == EAGAIN || errno == ENOBUFS)
		{
			*waiting = TRUE;
			this->mutex->lock(this->mutex);
			if (this->overflow)
			{
				chunk_free(&msg);
			}
			else
			{
				this->queue->unget(this->queue, msg);
			}
			this->mutex->unlock(this->mutex);
			return TRUE;
		}
		DBG1(DBG_CFG, "l2tp: culvertd can't be told any more: %s",
			 strerror(errno));
		chunk_free(&msg);
		return FALSE;
	}
	return TRUE;
}

/**
 * Whether the plugin goes
 */
static bool stopping(private_l2tp_socket_t *this)
{
	bool stop;

	this->mutex->lock(this->mutex);
	stop = this->stop;
	this->mutex->unlock(this->mutex);
	return stop;
}

/**
 * The thread
 */
static void *run(private_l2tp_socket_t *this)
{
	bool waiting = FALSE;

	thread_cancelability(FALSE);
	while (!stopping(this))
	{
		struct pollfd pfd[] = {
			{ .fd = this->wake, .events = POLLIN, },
			{ .fd = this->listening, .events = POLLIN, },
			{ .fd = this->fd, .events = POLLIN | (waiting ? POLLOUT : 0), },
		};
		uint64_t count;
		bool ok = TRUE;

		if (poll(pfd, countof(pfd), -1) == -1)
		{
			continue;
		}
		if (pfd[0].revents)
		{
			ignore_result(read(this->wake, &count, sizeof(count)));
		}
		if (pfd[2].revents & (POLLIN | POLLHUP | POLLERR))
		{
			ok = receive(this);
		}
		if (ok && this->fd != -1 && is_greeted(this) &&
			(!waiting || pfd[2].revents & POLLOUT))
		{
			ok = transmit(this, &waiting);
		}
		if (!ok)
		{
			hang_up(this);
			waiting = FALSE;
		}
		if (pfd[1].revents)
		{
			answer(this);
			waiting = FALSE;
		}
	}
	return NULL;
}

METHOD(l2tp_socket_t, is_connected, bool,
	private_l2tp_socket_t *this)
{
	return is_greeted(this);
}

METHOD(l2tp_socket_t, get_path, char*,
	private_l2tp_socket_t *this)
{
	return this->path;
}

METHOD(l2tp_socket_t, set_callback, void,
	private_l2tp_socket_t *this, l2tp_socket_cb_t cb, void *user)
{
	this->calling->lock(this->calling);
	this->cb = cb;
	this->user = user;
	this->calling->unlock(this->calling);
}

METHOD(l2tp_socket_t, destroy, void,
	private_l2tp_socket_t *this)
{
	this->children->set_callback(this->children, NULL, NULL);
	if (this->thread)
	{
		this->mutex->lock(this->mutex);
		this->stop = TRUE;
		this->mutex->unlock(this->mutex);
		wake(this);
		this->thread->join(this->thread);
	}
	hang_up(this);
	if (this->listening != -1)
	{
		close(this->listening);
		unlink(this->path);
	}
	if (this->wake != -1)
	{
		close(this->wake);
	}
	this->queue->destroy(this->queue);
	this->calling->destroy(this->calling);
	this->mutex->destroy(this->mutex);
	free(this->path);
	free(this);
}

/**
 * Open the socket that culvertd connects to
 */
static bool open_socket(private_l2tp_socket_t *this)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, };
	mode_t old;
	int fd, rc;

	if (strlen(this->path) >= sizeof(addr.sun_path))
	{
		DBG1(DBG_CFG, "l2tp: path of the socket is too long: %s", this->path);
		return FALSE;
	}
	strcpy(addr.sun_path, this->path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
	{
		DBG1(DBG_CFG, "l2tp: no socket: %s", strerror(errno));
		return FALSE;
	}
	/* left behind by a charon that was killed */
	unlink(this->path);
	old = umask(S_IRWXG | S_IRWXO | S_IXUSR);
	rc = bind(fd, (struct sockaddr*)&addr, sizeof(addr));
	umask(old);
	if (rc == -1 || listen(fd, 5) == -1)
	{
		DBG1(DBG_CFG, "l2tp: can't listen on %s: %s", this->path,
			 strerror(errno));
		close(fd);
		return FALSE;
	}
	this->listening = fd;
	return TRUE;
}

l2tp_socket_t *l2tp_socket_create(l2tp_children_t *children,
								  l2tp_marks_t *marks)
{
	private_l2tp_socket_t *this;

	INIT(this,
		.public = {
			.send = _send_,
			.is_connected = _is_connected,
			.get_path = _get_path,
			.set_callback = _set_callback,
			.destroy = _destroy,
		},
		.children = children,
		.marks = marks,
		.path = strdup(lib->settings->get_str(lib->settings,
							"%s.plugins.l2tp.socket", IKE_SOCKET, lib->ns)),
		.listening = -1,
		.fd = -1,
		.wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.calling = mutex_create(MUTEX_TYPE_DEFAULT),
		.limit = lib->settings->get_int(lib->settings,
							"%s.plugins.l2tp.queue", QUEUE_LIMIT, lib->ns),
	);
	this->limit = min(max(this->limit, 1u), QUEUE_MAX);
	this->queue = l2tp_queue_create(this->limit);

	if (this->wake == -1 || !open_socket(this))
	{
		destroy(this);
		return NULL;
	}
	this->thread = thread_create((thread_main_t)run, this);
	if (!this->thread)
	{
		destroy(this);
		return NULL;
	}
	children->set_callback(children, (l2tp_children_cb_t)changed, this);
	if (!l2tp_abi_has_ikev1())
	{
		DBG1(DBG_CFG, "l2tp: this strongSwan was built without IKEv1, so only "
			 "clients that speak IKEv2 can connect");
	}
	return &this->public;
}
