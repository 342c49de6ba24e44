// SPDX-License-Identifier: GPL-2.0-or-later

#include "l2tp_requests.h"

#include <errno.h>

#include <daemon.h>
#include <processing/jobs/callback_job.h>

#include "l2tp_marks.h"

typedef struct private_l2tp_requests_t private_l2tp_requests_t;

/**
 * Private data of an l2tp_requests_t object.
 */
struct private_l2tp_requests_t {

	/**
	 * Public interface.
	 */
	l2tp_requests_t public;

	/**
	 * Where the CHILD_SAs are to be found.
	 */
	l2tp_children_t *children;

	/**
	 * How to initiate.
	 */
	l2tp_initiate_t *initiate;

	/**
	 * Where to answer.
	 */
	l2tp_socket_t *socket;
};

/**
 * One request, in a job
 */
typedef struct {
	/** backref */
	private_l2tp_requests_t *this;
	/** what is wanted */
	struct ike_initiate initiate;
	struct ike_terminate terminate;
	/** what was last said about it */
	char text[IKE_TEXT_MAX];
} request_t;

/**
 * Queue a request
 */
static void queue(request_t *request, callback_job_cb_t cb)
{
	lib->processor->queue_job(lib->processor,
			(job_t*)callback_job_create_with_prio(cb, request, free,
							(callback_job_cancel_t)return_false, JOB_PRIO_MEDIUM));
}

/**
 * Keep the last line of the log: it says why, if it failed
 */
static bool remember(request_t *request, debug_t group, level_t level,
					 ike_sa_t *ike_sa, const char *message)
{
	if (level <= LEVEL_CTRL)
	{
		snprintf(request->text, sizeof(request->text), "%s", message);
	}
	return TRUE;
}

/**
 * Answer culvertd
 */
static void answer(request_t *request, int32_t error)
{
	private_l2tp_requests_t *this = request->this;
	struct ike_result result = {
		.head = {
			.type = IKE_INITIATED,
			.version = IKE_VERSION,
			.id = request->initiate.head.id,
		},
		.error = error,
	};

	snprintf(result.text, sizeof(result.text), "%s", request->text);
	this->socket->send(this->socket, &result, sizeof(result));
}

/**
 * The configuration of that name, or the first for L2TP if there is no name
 */
static child_cfg_t *find_child(peer_cfg_t *peer_cfg, char *name)
{
	enumerator_t *enumerator;
	child_cfg_t *cfg, *found = NULL;

	enumerator = peer_cfg->create_child_cfg_enumerator(peer_cfg);
	while (enumerator->enumerate(enumerator, &cfg))
	{
		if (l2tp_marks_is_l2tp(cfg) &&
			(!*name || streq(cfg->get_name(cfg), name)))
		{
			found = cfg->get_ref(cfg);
			break;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * How a call ended, as an error number
 */
static int32_t error_of(status_t status)
{
	switch (status)
	{
		case SUCCESS:
			return 0;
		case OUT_OF_RES:
			return -ETIMEDOUT;
		case INVALID_STATE:
			return -EBUSY;
		default:
			return -ECONNREFUSED;
	}
}

/**
 * Initiate a connection
 */
static job_requeue_t initiate(request_t *request)
{
	private_l2tp_requests_t *this = request->this;
	struct ike_initiate *want = &request->initiate;
	peer_cfg_t *peer_cfg;
	child_cfg_t *child_cfg;
	status_t status;

	peer_cfg = charon->backends->get_peer_cfg_by_name(charon->backends,
													  want->connection);
	child_cfg = peer_cfg ? find_child(peer_cfg, want->child) : NULL;
	if (!child_cfg)
	{
		snprintf(request->text, sizeof(request->text), "%s '%s' in strongSwan's "
				 "configuration", peer_cfg ? "no child for L2TP in" :
				 "no connection", want->connection);
		DESTROY_IF(peer_cfg);
		answer(request, -ENOENT);
		return JOB_REQUEUE_NONE;
	}
	if (this->children->wait(this->children, want->connection,
							 child_cfg->get_name(child_cfg), 0, 0))
	{
		snprintf(request->text, sizeof(request->text), "'%s' is up already",
				 want->connection);
		child_cfg->destroy(child_cfg);
		peer_cfg->destroy(peer_cfg);
		answer(request, 0);
		return JOB_REQUEUE_NONE;
	}
	status = this->initiate->initiate_ike(this->initiate, peer_cfg, child_cfg,
										  (controller_cb_t)remember, request,
										  want->timeout);
	answer(request, error_of(status));
	return JOB_REQUEUE_NONE;
}

/**
 * Take an IKE_SA down
 */
static job_requeue_t terminate(request_t *request)
{
	private_l2tp_requests_t *this = request->this;
	struct ike_child record;

	/* it may be gone by itself, and its IKE_SA another one than it was */
	if (this->children->get(this->children, request->terminate.unique, &record))
	{
		DBG1(DBG_CFG, "l2tp: taking '%s' with '%s' down: %s", record.connection,
			 record.remote_id, request->terminate.text);
		l2tp_initiate_terminate(record.ike);
	}
	return JOB_REQUEUE_NONE;
}

METHOD(l2tp_requests_t, handle, void,
	private_l2tp_requests_t *this, const struct ike_head *head)
{
	request_t *request;

	INIT(request,
		.this = this,
	);
	switch (head->type)
	{
		case IKE_INITIATE:
			memcpy(&request->initiate, head, sizeof(request->initiate));
			queue(request, (callback_job_cb_t)initiate);
			break;
		case IKE_TERMINATE:
			memcpy(&request->terminate, head, sizeof(request->terminate));
			queue(request, (callback_job_cb_t)terminate);
			break;
		default:
			free(request);
			break;
	}
}

METHOD(l2tp_requests_t, destroy, void,
	private_l2tp_requests_t *this)
{
	free(this);
}

l2tp_requests_t *l2tp_requests_create(l2tp_children_t *children,
									  l2tp_initiate_t *initiate,
									  l2tp_socket_t *socket)
{
	private_l2tp_requests_t *this;

	INIT(this,
		.public = {
			.handle = _handle,
			.destroy = _destroy,
		},
		.children = children,
		.initiate = initiate,
		.socket = socket,
	);

	return &this->public;
}
