// SPDX-License-Identifier: GPL-2.0-or-later

#include "l2tp_children.h"

#include <collections/hashtable.h>
#include <threading/condvar.h>
#include <threading/mutex.h>
#include <threading/thread.h>
#include <utils/debug.h>

typedef struct private_l2tp_children_t private_l2tp_children_t;

/**
 * Private data of an l2tp_children_t object.
 */
struct private_l2tp_children_t {

	/**
	 * Public interface.
	 */
	l2tp_children_t public;

	/**
	 * For everything below, held only for as long as memory is copied.
	 */
	mutex_t *mutex;

	/**
	 * A new one is there.
	 */
	condvar_t *added;

	/**
	 * Records by unique id: uintptr_t => struct ike_child.
	 */
	hashtable_t *records;

	/**
	 * Which has which mark: uintptr_t => uintptr_t, its unique id.
	 */
	hashtable_t *marks;

	/**
	 * The greatest unique id so far.
	 */
	uint32_t newest;

	/**
	 * Who is told.
	 */
	l2tp_children_cb_t cb;

	/**
	 * And what it wants to have.
	 */
	void *user;
};

/**
 * The key of a record
 */
static inline void *key(uint32_t unique)
{
	return (void*)(uintptr_t)unique;
}

/**
 * Tell somebody, with the table locked
 */
static void tell(private_l2tp_children_t *this, const void *msg, size_t len)
{
	if (this->cb)
	{
		this->cb(this->user, msg, len);
	}
}

METHOD(l2tp_children_t, set_callback, void,
	private_l2tp_children_t *this, l2tp_children_cb_t cb, void *user)
{
	this->mutex->lock(this->mutex);
	this->cb = cb;
	this->user = user;
	this->mutex->unlock(this->mutex);
}

/**
 * Store a record and tell it, unless it is known
 */
static void store(private_l2tp_children_t *this, const struct ike_child *record)
{
	struct ike_child *known;

	known = this->records->get(this->records, key(record->unique));
	if (!known)
	{
		known = malloc_thing(struct ike_child);
		memset(known, 0, sizeof(*known));
		this->records->put(this->records, key(record->unique), known);
	}
	/* each was zeroed before it was filled, so equal bytes are equal records */
	if (memcmp(known, record, sizeof(*known)))
	{
		memcpy(known, record, sizeof(*known));
		tell(this, known, sizeof(*known));
	}
	if (record->mark_in)
	{
		this->marks->put(this->marks, key(record->mark_in), key(record->unique));
	}
	this->newest = max(this->newest, record->unique);
	this->added->broadcast(this->added);
}

/**
 * Forget a record that has left the table
 */
static void forget(private_l2tp_children_t *this, struct ike_child *known)
{
	/* the one that took its place has its mark, too */
	if (known->mark_in && this->marks->get(this->marks, key(known->mark_in)) ==
							key(known->unique))
	{
		this->marks->remove(this->marks, key(known->mark_in));
	}
	free(known);
}

METHOD(l2tp_children_t, put, void,
	private_l2tp_children_t *this, const struct ike_child *record)
{
	struct ike_child *known, copy = *record;

	this->mutex->lock(this->mutex);
	known = this->records->get(this->records, key(record->unique));
	if (known)
	{
		copy.replaces = known->replaces;
	}
	store(this, &copy);
	this->mutex->unlock(this->mutex);
}

METHOD(l2tp_children_t, replace, void,
	private_l2tp_children_t *this, const struct ike_child *record, uint32_t old)
{
	struct ike_child *known, copy = *record;

	this->mutex->lock(this->mutex);
	known = this->records->remove(this->records, key(old));
	if (known)
	{
		/* who was the client still is, whoever wanted new keys */
		copy.flags &= ~IKE_CHILD_INITIATOR;
		copy.flags |= known->flags & IKE_CHILD_INITIATOR;
		copy.replaces = old;
		forget(this, known);
	}
	store(this, &copy);
	this->mutex->unlock(this->mutex);
}

METHOD(l2tp_children_t, remove_, bool,
	private_l2tp_children_t *this, uint32_t unique, uint32_t *replaced)
{
	struct ike_child_down down = {
		.head = {
			.type = IKE_CHILD_DOWN,
			.version = IKE_VERSION,
		},
		.unique = unique,
	};
	struct ike_child *known;

	this->mutex->lock(this->mutex);
	known = this->records->remove(this->records, key(unique));
	if (known)
	{
		*replaced = known->replaces;
		forget(this, known);
		tell(this, &down, sizeof(down));
	}
	this->mutex->unlock(this->mutex);
	return known != NULL;
}

METHOD(l2tp_children_t, get, bool,
	private_l2tp_children_t *this, uint32_t unique, struct ike_child *record)
{
	struct ike_child *known;

	this->mutex->lock(this->mutex);
	known = this->records->get(this->records, key(unique));
	if (known && record)
	{
		*record = *known;
	}
	this->mutex->unlock(this->mutex);
	return known != NULL;
}

METHOD(l2tp_children_t, has_mark, bool,
	private_l2tp_children_t *this, uint32_t mark)
{
	bool found;

	this->mutex->lock(this->mutex);
	found = this->marks->get(this->marks, key(mark)) != NULL;
	this->mutex->unlock(this->mutex);
	return found;
}

/**
 * The newest that we initiated with these names, 0 for none
 */
static uint32_t find(private_l2tp_children_t *this, const char *connection,
					 const char *child, uint32_t after)
{
	enumerator_t *enumerator;
	struct ike_child *record;
	uint32_t unique = 0;
	void *k;

	enumerator = this->records->create_enumerator(this->records);
	while (enumerator->enumerate(enumerator, &k, &record))
	{
		if (record->unique > max(after, unique) &&
			record->flags & IKE_CHILD_INITIATOR &&
			streq(record->connection, connection) && streq(record->child, child))
		{
			unique = record->unique;
		}
	}
	enumerator->destroy(enumerator);
	return unique;
}

METHOD(l2tp_children_t, wait_, uint32_t,
	private_l2tp_children_t *this, const char *connection, const char *child,
	uint32_t after, u_int timeout)
{
	timeval_t now, until, wait = {
		.tv_sec = timeout / 1000,
		.tv_usec = timeout % 1000 * 1000,
	};
	uint32_t unique;

	time_monotonic(&now);
	timeradd(&now, &wait, &until);
	this->mutex->lock(this->mutex);
	/* the thread may be canceled while it waits */
	thread_cleanup_push((thread_cleanup_t)this->mutex->unlock, this->mutex);
	while (!(unique = find(this, connection, child, after)))
	{
		if (this->added->timed_wait_abs(this->added, this->mutex, until))
		{
			break;
		}
	}
	thread_cleanup_pop(TRUE);
	return unique;
}

METHOD(l2tp_children_t, get_newest, uint32_t,
	private_l2tp_children_t *this)
{
	uint32_t newest;

	this->mutex->lock(this->mutex);
	newest = this->newest;
	this->mutex->unlock(this->mutex);
	return newest;
}

METHOD(l2tp_children_t, snapshot, void,
	private_l2tp_children_t *this, l2tp_children_cb_t cb, void *user)
{
	struct ike_snapshot_end end = {
		.head = {
			.type = IKE_SNAPSHOT_END,
			.version = IKE_VERSION,
		},
	};
	enumerator_t *enumerator;
	struct ike_child *record;
	void *k;

	this->mutex->lock(this->mutex);
	enumerator = this->records->create_enumerator(this->records);
	while (enumerator->enumerate(enumerator, &k, &record))
	{
		cb(user, record, sizeof(*record));
	}
	enumerator->destroy(enumerator);
	cb(user, &end, sizeof(end));
	this->mutex->unlock(this->mutex);
}

METHOD(l2tp_children_t, destroy, void,
	private_l2tp_children_t *this)
{
	enumerator_t *enumerator;
	struct ike_child *record;
	void *k;

	enumerator = this->records->create_enumerator(this->records);
	while (enumerator->enumerate(enumerator, &k, &record))
	{
		free(record);
	}
	enumerator->destroy(enumerator);
	this->records->destroy(this->records);
	this->marks->destroy(this->marks);
	this->added->destroy(this->added);
	this->mutex->destroy(this->mutex);
	free(this);
}

l2tp_children_t *l2tp_children_create()
{
	private_l2tp_children_t *this;

	INIT(this,
		.public = {
			.set_callback = _set_callback,
			.put = _put,
			.replace = _replace,
			.remove = _remove_,
			.get = _get,
			.has_mark = _has_mark,
			.wait = _wait_,
			.get_newest = _get_newest,
			.snapshot = _snapshot,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.added = condvar_create(CONDVAR_TYPE_DEFAULT),
		.records = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr, 64),
		.marks = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr, 64),
	);

	return &this->public;
}
