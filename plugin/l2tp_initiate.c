// SPDX-License-Identifier: GPL-2.0-or-later

#include "l2tp_initiate.h"

#include <errno.h>
#include <stdarg.h>

#include <collections/linked_list.h>
#include <daemon.h>
#include <threading/condvar.h>
#include <threading/mutex.h>
#include <threading/thread.h>

#include "l2tp_marks.h"

/* the name under which our function finds its object again: charon hands its
 * own controller to it */
#define REGISTERED "l2tp-initiate"

/* milliseconds that a CHILD_SA may be known to the controller before we are
 * told of it */
#define CHILD_LATENCY 2000

/* milliseconds without a word after which there is one, if only to find out
 * whether somebody still listens */
#define HEARTBEAT 5000

/* lines that are kept for somebody who doesn't read them */
#define LINES_MAX 64

typedef struct private_l2tp_initiate_t private_l2tp_initiate_t;
typedef struct waiter_t waiter_t;

/**
 * Private data of an l2tp_initiate_t object.
 */
struct private_l2tp_initiate_t {

	/**
	 * Public interface.
	 */
	l2tp_initiate_t public;

	/**
	 * Where the CHILD_SAs are to be found.
	 */
	l2tp_children_t *children;

	/**
	 * The way to culvertd.
	 */
	l2tp_socket_t *socket;

	/**
	 * What we took the place of.
	 */
	controller_t original;

	/**
	 * For everything below.
	 */
	mutex_t *mutex;

	/**
	 * Those who wait, waiter_t.
	 */
	linked_list_t *waiters;

	/**
	 * Id of the last question.
	 */
	uint32_t last_id;
};

/**
 * Somebody who waits for L2TP.
 */
struct waiter_t {

	/** backref, to be removed from the list */
	private_l2tp_initiate_t *this;
	/** id of the question to culvertd */
	uint32_t id;
	/** lines to hand on, char* */
	linked_list_t *lines;
	/** there is a line, or the answer */
	condvar_t *news;
	/** the answer is there */
	bool done;
	/** which is this: 0 or a negative errno */
	int32_t error;
	/** and this */
	char text[IKE_TEXT_MAX];
};

/**
 * One call of controller_t.initiate()
 */
typedef struct {
	/** who calls */
	controller_cb_t callback;
	/** what it wants to have */
	void *param;
	/** lines of a higher level aren't for it */
	level_t max_level;
	/** names of what it initiates */
	char connection[IKE_NAME_MAX], child[IKE_NAME_MAX];
	/** when it started, and milliseconds that it may take, 0 for no limit */
	timeval_t started;
	u_int timeout;
} call_t;

/**
 * Call what was there before us
 */
static status_t original(private_l2tp_initiate_t *this, peer_cfg_t *peer_cfg,
						 child_cfg_t *child_cfg, controller_cb_t callback,
						 void *param, level_t max_level, u_int timeout,
						 bool limits)
{
#ifdef L2TP_HAS_MAX_LEVEL
	return this->original.initiate(charon->controller, peer_cfg, child_cfg,
								   callback, param, max_level, timeout, limits);
#else
	return this->original.initiate(charon->controller, peer_cfg, child_cfg,
								   callback, param, timeout, limits);
#endif
}

/**
 * Say something to who waits, FALSE if that one is gone
 */
static bool say(call_t *call, char *fmt, ...)
{
	char line[IKE_TEXT_MAX + 2 * IKE_NAME_MAX];
	va_list args;

	if (call->max_level < 1)
	{
		return TRUE;
	}
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	return call->callback(call->param, DBG_CFG, 1, NULL, line);
}

/**
 * Milliseconds since the call started
 */
static u_int elapsed(call_t *call)
{
	timeval_t now, diff;

	time_monotonic(&now);
	timersub(&now, &call->started, &diff);
	return diff.tv_sec * 1000 + diff.tv_usec / 1000;
}

/**
 * Milliseconds that are left, at most so many; 0 if there are none
 */
static u_int remaining(call_t *call, u_int most)
{
	u_int gone = elapsed(call);

	if (!call->timeout)
	{
		return most;
	}
	return gone < call->timeout ? min(call->timeout - gone, most) : 0;
}

/**
 * Nobody waits any more
 */
static void waiter_destroy(waiter_t *waiter)
{
	private_l2tp_initiate_t *this = waiter->this;

	this->mutex->lock(this->mutex);
	this->waiters->remove(this->waiters, waiter, NULL);
	this->mutex->unlock(this->mutex);
	waiter->lines->destroy_function(waiter->lines, free);
	waiter->news->destroy(waiter->news);
	free(waiter);
}

/**
 * Begin to wait
 */
static waiter_t *waiter_create(private_l2tp_initiate_t *this)
{
	waiter_t *waiter;

	INIT(waiter,
		.this = this,
		.lines = linked_list_create(),
		.news = condvar_create(CONDVAR_TYPE_DEFAULT),
	);
	this->mutex->lock(this->mutex);
	waiter->id = ++this->last_id ?: ++this->last_id;
	this->waiters->insert_last(this->waiters, waiter);
	this->mutex->unlock(this->mutex);
	return waiter;
}

/**
 * Wait for something to say
 *
 * @return			a line to be freed, NULL if there is none
 */
static char *next_line(waiter_t *waiter, u_int timeout, bool *done)
{
	private_l2tp_initiate_t *this = waiter->this;
	char *line = NULL;

	this->mutex->lock(this->mutex);
	thread_cleanup_push((thread_cleanup_t)this->mutex->unlock, this->mutex);
	if (!waiter->done && !waiter->lines->get_count(waiter->lines))
	{
		waiter->news->timed_wait(waiter->news, this->mutex, timeout);
	}
	if (waiter->lines->remove_first(waiter->lines, (void**)&line) != SUCCESS)
	{
		line = NULL;
	}
	*done = waiter->done && !line;
	thread_cleanup_pop(TRUE);
	return line;
}

/**
 * Tell culvertd that nobody waits any more
 */
static void cancel(waiter_t *waiter)
{
	struct ike_cancel msg = {
		.head = {
			.type = IKE_CANCEL,
			.version = IKE_VERSION,
			.id = waiter->id,
		},
	};

	waiter->this->socket->send(waiter->this->socket, &msg, sizeof(msg));
}

/**
 * Hand on lines until there is an answer
 *
 * @return			SUCCESS if there is one, else how it ended
 */
static status_t follow(waiter_t *waiter, call_t *call)
{
	while (TRUE)
	{
		u_int wait = remaining(call, HEARTBEAT);
		bool done, there;
		char *line;

		line = next_line(waiter, wait, &done);
		if (done)
		{
			return SUCCESS;
		}
		if (!line && !remaining(call, HEARTBEAT))
		{
			cancel(waiter);
			return OUT_OF_RES;
		}
		if (line)
		{
			there = say(call, "%s", line);
		}
		else
		{
			there = say(call, "waiting for L2TP of '%s'", call->connection);
		}
		free(line);
		if (!there)
		{
			cancel(waiter);
			return NEED_MORE;
		}
	}
}

/**
 * Ask culvertd to connect, and follow what it does
 */
static status_t ask(private_l2tp_initiate_t *this, call_t *call, uint32_t unique)
{
	struct ike_connect msg = {
		.head = {
			.type = IKE_CONNECT,
			.version = IKE_VERSION,
		},
		.unique = unique,
		.timeout = call->timeout ? max(remaining(call, UINT_MAX), 1u) : 0,
	};
	struct ike_child record;
	waiter_t *waiter;
	status_t status;
	int32_t error;
	char text[IKE_TEXT_MAX];

	waiter = waiter_create(this);
	thread_cleanup_push((thread_cleanup_t)waiter_destroy, waiter);
	msg.head.id = waiter->id;
	if (this->socket->send(this->socket, &msg, sizeof(msg)))
	{
		status = follow(waiter, call);
	}
	else
	{
		status = SUCCESS;
		waiter->error = -EPIPE;
		snprintf(waiter->text, sizeof(waiter->text), "culvertd doesn't listen");
	}
	error = waiter->error;
	memcpy(text, waiter->text, sizeof(text));
	thread_cleanup_pop(TRUE);

	if (status != SUCCESS)
	{
		return status;
	}
	if (!error)
	{
		say(call, "L2TP of '%s' is up%s%s", call->connection, *text ? ": " : "",
			text);
		return SUCCESS;
	}
	say(call, "L2TP of '%s' failed: %s", call->connection,
		*text ? text : strerror(-error));
	/* the SA is of no use without it; where culvertd is missing it may come */
	if (error != -EPIPE && this->children->get(this->children, unique, &record))
	{
		l2tp_initiate_terminate(record.ike);
	}
	return FAILED;
}

/**
 * IPsec is up: bring L2TP up in it
 *
 * @param before	the greatest unique id of a CHILD_SA before that
 */
static status_t connect_l2tp(private_l2tp_initiate_t *this, call_t *call,
							 uint32_t before)
{
	uint32_t unique;

	unique = this->children->wait(this->children, call->connection, call->child,
								  before, CHILD_LATENCY);
	if (!unique)
	{
		say(call, "the peer doesn't want '%s' to protect L2TP", call->child);
		return FAILED;
	}
	if (this->socket->is_connected(this->socket))
	{
		return ask(this, call, unique);
	}
	say(call, "IPsec of '%s' is up, but not L2TP: no culvertd is connected to %s, "
		"start it with: systemctl start culvertd", call->connection,
		this->socket->get_path(this->socket));
	if (lib->settings->get_bool(lib->settings,
					"%s.plugins.l2tp.require_culvertd", TRUE, lib->ns))
	{
		return FAILED;
	}
	return SUCCESS;
}

/**
 * Initiate, and wait for L2TP if somebody waits
 */
static status_t initiate_l2tp(private_l2tp_initiate_t *this,
							  peer_cfg_t *peer_cfg, child_cfg_t *child_cfg,
							  controller_cb_t callback, void *param,
							  level_t max_level, u_int timeout, bool limits)
{
	call_t call = {
		.callback = callback,
		.param = param,
		.max_level = max_level,
		.timeout = timeout,
	};
	uint32_t before;
	status_t status;

	/* the original destroys the configurations, so their names are taken now */
	time_monotonic(&call.started);
	snprintf(call.connection, sizeof(call.connection), "%s",
			 peer_cfg->get_name(peer_cfg));
	snprintf(call.child, sizeof(call.child), "%s",
			 child_cfg->get_name(child_cfg));
	before = this->children->get_newest(this->children);

	status = original(this, peer_cfg, child_cfg, callback, param, max_level,
					  timeout, limits);
	if (status == SUCCESS)
	{
		status = connect_l2tp(this, &call, before);
	}
	return status;
}

/**
 * Whether a call is one that waits for L2TP
 */
static bool is_for_us(child_cfg_t *child_cfg, controller_cb_t callback)
{
	return callback && child_cfg && l2tp_marks_is_l2tp(child_cfg);
}

#ifdef L2TP_HAS_MAX_LEVEL
METHOD(controller_t, initiate, status_t,
	controller_t *controller, peer_cfg_t *peer_cfg, child_cfg_t *child_cfg,
	controller_cb_t callback, void *param, level_t max_level, u_int timeout,
	bool limits)
{
#else
METHOD(controller_t, initiate, status_t,
	controller_t *controller, peer_cfg_t *peer_cfg, child_cfg_t *child_cfg,
	controller_cb_t callback, void *param, u_int timeout, bool limits)
{
	level_t max_level = LEVEL_CTRL;
#endif
	private_l2tp_initiate_t *this = lib->get(lib, REGISTERED);

	if (is_for_us(child_cfg, callback))
	{
		return initiate_l2tp(this, peer_cfg, child_cfg, callback, param,
							 max_level, timeout, limits);
	}
	return original(this, peer_cfg, child_cfg, callback, param, max_level,
					timeout, limits);
}

METHOD(l2tp_initiate_t, initiate_ike, status_t,
	private_l2tp_initiate_t *this, peer_cfg_t *peer_cfg, child_cfg_t *child_cfg,
	controller_cb_t callback, void *param, u_int timeout)
{
	return original(this, peer_cfg, child_cfg, callback, param, LEVEL_CTRL,
					timeout, FALSE);
}

/**
 * Take a line for who waits
 */
static void progress(waiter_t *waiter, const struct ike_text *msg)
{
	char *first;

	if (waiter->lines->get_count(waiter->lines) >= LINES_MAX &&
		waiter->lines->remove_first(waiter->lines, (void**)&first) == SUCCESS)
	{
		free(first);
	}
	waiter->lines->insert_last(waiter->lines, strdup(msg->text));
}

/**
 * Take the answer for who waits
 */
static void finish(waiter_t *waiter, int32_t error, const char *text)
{
	if (!waiter->done)
	{
		waiter->done = TRUE;
		waiter->error = error;
		snprintf(waiter->text, sizeof(waiter->text), "%s", text);
	}
}

METHOD(l2tp_initiate_t, answer, void,
	private_l2tp_initiate_t *this, const struct ike_head *head)
{
	const struct ike_result *result = (const struct ike_result*)head;
	enumerator_t *enumerator;
	waiter_t *waiter;

	this->mutex->lock(this->mutex);
	enumerator = this->waiters->create_enumerator(this->waiters);
	while (enumerator->enumerate(enumerator, &waiter))
	{
		if (!head)
		{
			finish(waiter, -EPIPE, "culvertd went away");
		}
		else if (head->id != waiter->id)
		{
			continue;
		}
		else if (head->type == IKE_PROGRESS)
		{
			progress(waiter, (const struct ike_text*)head);
		}
		else
		{
			finish(waiter, result->error, result->text);
		}
		waiter->news->signal(waiter->news);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

void l2tp_initiate_terminate(uint32_t unique)
{
#ifdef L2TP_HAS_MAX_LEVEL
	charon->controller->terminate_ike(charon->controller, unique, FALSE, NULL,
									  NULL, LEVEL_CTRL, 0);
#else
	charon->controller->terminate_ike(charon->controller, unique, FALSE, NULL,
									  NULL, 0);
#endif
}

METHOD(l2tp_initiate_t, destroy, void,
	private_l2tp_initiate_t *this)
{
	charon->controller->initiate = this->original.initiate;
	lib->set(lib, REGISTERED, NULL);
	this->waiters->destroy(this->waiters);
	this->mutex->destroy(this->mutex);
	free(this);
}

l2tp_initiate_t *l2tp_initiate_create(l2tp_children_t *children,
									  l2tp_socket_t *socket)
{
	private_l2tp_initiate_t *this;

	INIT(this,
		.public = {
			.answer = _answer,
			.initiate_ike = _initiate_ike,
			.destroy = _destroy,
		},
		.children = children,
		.socket = socket,
		.original = *charon->controller,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.waiters = linked_list_create(),
	);

	lib->set(lib, REGISTERED, this);
	charon->controller->initiate = _initiate;
	return &this->public;
}
