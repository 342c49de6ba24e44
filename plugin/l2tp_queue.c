// SPDX-License-Identifier: GPL-2.0-or-later

#include "l2tp_queue.h"

#include <collections/linked_list.h>

typedef struct private_l2tp_queue_t private_l2tp_queue_t;

/**
 * Private data of an l2tp_queue_t object.
 */
struct private_l2tp_queue_t {

	/**
	 * Public interface.
	 */
	l2tp_queue_t public;

	/**
	 * Messages, as chunk_t*.
	 */
	linked_list_t *list;

	/**
	 * How many it takes.
	 */
	u_int limit;

	/**
	 * How many it had to take nevertheless.
	 */
	u_int forced;
};

/**
 * Append a copy
 */
static void append(private_l2tp_queue_t *this, const void *msg, size_t len)
{
	chunk_t *copy = malloc_thing(chunk_t);

	*copy = chunk_clone(chunk_create((u_char*)msg, len));
	this->list->insert_last(this->list, copy);
}

METHOD(l2tp_queue_t, put_always, void,
	private_l2tp_queue_t *this, const void *msg, size_t len)
{
	append(this, msg, len);
	this->forced++;
}

METHOD(l2tp_queue_t, put, bool,
	private_l2tp_queue_t *this, const void *msg, size_t len)
{
	if (this->list->get_count(this->list) >= this->limit + this->forced)
	{
		return FALSE;
	}
	append(this, msg, len);
	return TRUE;
}

METHOD(l2tp_queue_t, get, chunk_t,
	private_l2tp_queue_t *this)
{
	chunk_t *first, msg = chunk_empty;

	if (this->list->remove_first(this->list, (void**)&first) == SUCCESS)
	{
		msg = *first;
		free(first);
	}
	return msg;
}

METHOD(l2tp_queue_t, unget, void,
	private_l2tp_queue_t *this, chunk_t msg)
{
	chunk_t *first = malloc_thing(chunk_t);

	*first = msg;
	this->list->insert_first(this->list, first);
}

METHOD(l2tp_queue_t, clear, void,
	private_l2tp_queue_t *this)
{
	chunk_t *first;

	while (this->list->remove_first(this->list, (void**)&first) == SUCCESS)
	{
		chunk_free(first);
		free(first);
	}
	this->forced = 0;
}

METHOD(l2tp_queue_t, get_count, u_int,
	private_l2tp_queue_t *this)
{
	return this->list->get_count(this->list);
}

METHOD(l2tp_queue_t, destroy, void,
	private_l2tp_queue_t *this)
{
	clear(this);
	this->list->destroy(this->list);
	free(this);
}

l2tp_queue_t *l2tp_queue_create(u_int limit)
{
	private_l2tp_queue_t *this;

	INIT(this,
		.public = {
			.put = _put,
			.put_always = _put_always,
			.get = _get,
			.unget = _unget,
			.clear = _clear,
			.get_count = _get_count,
			.destroy = _destroy,
		},
		.list = linked_list_create(),
		.limit = limit,
	);

	return &this->public;
}
