// SPDX-License-Identifier: GPL-2.0-or-later

#include "l2tp_plugin.h"

#include <daemon.h>

#include "l2tp_abi.h"
#include "l2tp_children.h"
#include "l2tp_initiate.h"
#include "l2tp_listener.h"
#include "l2tp_marks.h"
#include "l2tp_requests.h"
#include "l2tp_socket.h"

typedef struct private_l2tp_plugin_t private_l2tp_plugin_t;

/**
 * Private data of an l2tp_plugin_t object.
 */
struct private_l2tp_plugin_t {

	/**
	 * Public interface.
	 */
	l2tp_plugin_t public;

	/**
	 * Marks for CHILD_SAs of clients.
	 */
	l2tp_marks_t *marks;

	/**
	 * The CHILD_SAs that protect L2TP.
	 */
	l2tp_children_t *children;

	/**
	 * The way to culvertd.
	 */
	l2tp_socket_t *socket;

	/**
	 * Who initiated a connection and waits for L2TP.
	 */
	l2tp_initiate_t *initiate;

	/**
	 * What culvertd wants of charon.
	 */
	l2tp_requests_t *requests;

	/**
	 * Hooks on the bus.
	 */
	l2tp_listener_t *listener;
};

METHOD(plugin_t, get_name, char*,
	private_l2tp_plugin_t *this)
{
	return "l2tp";
}

/**
 * Hand on what culvertd says, or NULL if it is gone
 */
static void hear(private_l2tp_plugin_t *this, const struct ike_head *head)
{
	if (!head || head->type == IKE_PROGRESS || head->type == IKE_RESULT)
	{
		this->initiate->answer(this->initiate, head);
	}
	else
	{
		this->requests->handle(this->requests, head);
	}
}

/**
 * Take everything down again
 */
static void stop(private_l2tp_plugin_t *this)
{
	if (this->listener)
	{
		charon->bus->remove_listener(charon->bus, &this->listener->listener);
	}
	if (this->socket)
	{
		this->socket->set_callback(this->socket, NULL, NULL);
	}
	DESTROY_IF(this->requests);
	DESTROY_IF(this->initiate);
	DESTROY_IF(this->listener);
	DESTROY_IF(this->socket);
	DESTROY_IF(this->marks);
	DESTROY_IF(this->children);
	this->requests = NULL;
	this->initiate = NULL;
	this->listener = NULL;
	this->socket = NULL;
	this->children = NULL;
	this->marks = NULL;
}

/**
 * Start when charon is ready for it
 */
static bool start(private_l2tp_plugin_t *this)
{
	this->children = l2tp_children_create();
	this->marks = l2tp_marks_create(this->children);
	this->socket = l2tp_socket_create(this->children, this->marks);
	if (!this->socket)
	{
		stop(this);
		return FALSE;
	}
	this->initiate = l2tp_initiate_create(this->children, this->socket);
	this->requests = l2tp_requests_create(this->children, this->initiate,
										  this->socket);
	this->socket->set_callback(this->socket, (l2tp_socket_cb_t)hear, this);
	this->listener = l2tp_listener_create(this->children, this->marks);
	charon->bus->add_listener(charon->bus, &this->listener->listener);
	return TRUE;
}

/**
 * Register with the bus, or unregister
 */
static bool plugin_cb(private_l2tp_plugin_t *this,
					  plugin_feature_t *feature, bool reg, void *cb_data)
{
	if (reg)
	{
		return start(this);
	}
	stop(this);
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_l2tp_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "l2tp"),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, destroy, void,
	private_l2tp_plugin_t *this)
{
	stop(this);
	free(this);
}

#ifdef PLUGIN_DEFINE
/* since 6.0.3 the loader compares this itself; earlier ones compare nothing */
PLUGIN_DEFINE(l2tp)
#else
/* the loader finds it by its name alone */
plugin_t *l2tp_plugin_create();
plugin_t *l2tp_plugin_create()
#endif
{
	private_l2tp_plugin_t *this;

	if (!l2tp_abi_check())
	{
		return NULL;
	}

	INIT(this,
		.public = {
			.plugin = {
				.get_name = _get_name,
				.get_features = _get_features,
				.destroy = _destroy,
			},
		},
	);

	return &this->public.plugin;
}
