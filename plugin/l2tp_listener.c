// SPDX-License-Identifier: GPL-2.0-or-later

#include "l2tp_listener.h"

#include <daemon.h>

#include "l2tp_record.h"

typedef struct private_l2tp_listener_t private_l2tp_listener_t;

/**
 * Private data of an l2tp_listener_t object.
 */
struct private_l2tp_listener_t {

	/**
	 * Public interface.  First, as the bus hands a listener_t to each hook.
	 */
	l2tp_listener_t public;

	/**
	 * Where it is written down.
	 */
	l2tp_children_t *children;

	/**
	 * Marks for the CHILD_SAs of clients.
	 */
	l2tp_marks_t *marks;
};

/**
 * Write down a CHILD_SA that is up
 */
static void up(private_l2tp_listener_t *this, ike_sa_t *ike_sa,
			   child_sa_t *child_sa)
{
	struct ike_child record;

	if (l2tp_record_is_l2tp_sa(child_sa) &&
		l2tp_record_fill(&record, ike_sa, child_sa))
	{
		this->children->put(this->children, &record);
	}
}

/**
 * Write down that a CHILD_SA is gone
 */
static void down(private_l2tp_listener_t *this, ike_sa_t *ike_sa,
				 child_sa_t *child_sa)
{
	enumerator_t *enumerator;
	child_sa_t *other;
	uint32_t unique = child_sa->get_unique_id(child_sa), replaced = 0;

	if (!this->children->remove(this->children, unique, &replaced) ||
		!replaced || !ike_sa)
	{
		return;
	}
	/* when both ends rekey at the same time one of the two new ones is given
	 * up again, and what it was to replace may live on */
	enumerator = ike_sa->create_child_sa_enumerator(ike_sa);
	while (enumerator->enumerate(enumerator, &other))
	{
		if (other->get_unique_id(other) == replaced &&
			other->get_state(other) == CHILD_INSTALLED)
		{
			up(this, ike_sa, other);
			break;
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Is it known who is at the other end?
 *
 * To renew an IKE_SA of IKEv1 its initiator gives the CHILD_SAs to one that has
 * still to be negotiated, and has neither identities nor found any NAT.
 */
static bool is_authenticated(ike_sa_t *ike_sa)
{
	switch (ike_sa->get_state(ike_sa))
	{
		case IKE_CREATED:
		case IKE_CONNECTING:
			return FALSE;
		default:
			return TRUE;
	}
}

/**
 * Write down again what is known of the CHILD_SAs of an IKE_SA
 *
 * @param local		new address of ours that it doesn't have yet, or NULL
 * @param remote	new address of the other end that it doesn't have yet
 */
static void refresh(private_l2tp_listener_t *this, ike_sa_t *ike_sa,
					host_t *local, host_t *remote)
{
	enumerator_t *enumerator;
	child_sa_t *child_sa;
	struct ike_child record;

	enumerator = ike_sa->create_child_sa_enumerator(ike_sa);
	while (enumerator->enumerate(enumerator, &child_sa))
	{
		struct ike_child known;

		if (!this->children->get(this->children,
								 child_sa->get_unique_id(child_sa), &known) ||
			!l2tp_record_fill(&record, ike_sa, child_sa))
		{
			continue;
		}
		if (!is_authenticated(ike_sa))
		{
			known.ike = record.ike;
			this->children->put(this->children, &known);
			continue;
		}
		/* what it was told as stays, see l2tp_children_t.replace() */
		record.flags &= ~IKE_CHILD_INITIATOR;
		record.flags |= known.flags & IKE_CHILD_INITIATOR;
		if ((!local || l2tp_record_host(&record.local, local)) &&
			(!remote || l2tp_record_host(&record.remote, remote)))
		{
			this->children->put(this->children, &record);
		}
	}
	enumerator->destroy(enumerator);
}

METHOD(listener_t, message, bool,
	private_l2tp_listener_t *this, ike_sa_t *ike_sa, message_t *message,
	bool incoming, bool plain)
{
	if (plain && ike_sa)
	{
		/* a configuration may have been reloaded since the last time, and
		 * MOBIKE gives a CHILD_SA another reqid without a word */
		if (incoming)
		{
			this->marks->apply(this->marks, ike_sa);
		}
		refresh(this, ike_sa, NULL, NULL);
	}
	return TRUE;
}

METHOD(listener_t, authorize, bool,
	private_l2tp_listener_t *this, ike_sa_t *ike_sa, bool final, bool *success)
{
	/* IKEv2 creates the first CHILD_SA in the same exchange */
	this->marks->apply(this->marks, ike_sa);
	return TRUE;
}

METHOD(listener_t, ike_updown, bool,
	private_l2tp_listener_t *this, ike_sa_t *ike_sa, bool up)
{
	if (up)
	{
		this->marks->apply(this->marks, ike_sa);
		refresh(this, ike_sa, NULL, NULL);
	}
	return TRUE;
}

METHOD(listener_t, ike_rekey, bool,
	private_l2tp_listener_t *this, ike_sa_t *old, ike_sa_t *new)
{
	enumerator_t *enumerator;
	child_sa_t *child_sa;
	struct ike_child record;

	/* the CHILD_SAs move later or have moved already, with no word about it */
	refresh(this, new, NULL, NULL);
	enumerator = old->create_child_sa_enumerator(old);
	while (enumerator->enumerate(enumerator, &child_sa))
	{
		if (this->children->get(this->children,
								child_sa->get_unique_id(child_sa), &record))
		{
			record.ike = new->get_unique_id(new);
			this->children->put(this->children, &record);
		}
	}
	enumerator->destroy(enumerator);
	return TRUE;
}

METHOD(listener_t, ike_update, bool,
	private_l2tp_listener_t *this, ike_sa_t *ike_sa, host_t *local,
	host_t *remote)
{
	refresh(this, ike_sa, local, remote);
	return TRUE;
}

METHOD(listener_t, children_migrate, bool,
	private_l2tp_listener_t *this, ike_sa_t *ike_sa, ike_sa_id_t *new,
	uint32_t unique)
{
	/* called for the old IKE_SA first, with the new one's id */
	if (!new)
	{
		refresh(this, ike_sa, NULL, NULL);
	}
	return TRUE;
}

METHOD(listener_t, child_updown, bool,
	private_l2tp_listener_t *this, ike_sa_t *ike_sa, child_sa_t *child_sa,
	bool is_up)
{
	if (is_up)
	{
		up(this, ike_sa, child_sa);
	}
	else
	{
		down(this, ike_sa, child_sa);
	}
	return TRUE;
}

METHOD(listener_t, child_state_change, bool,
	private_l2tp_listener_t *this, ike_sa_t *ike_sa, child_sa_t *child_sa,
	child_sa_state_t state)
{
	/* the only word about some of them: an IKE_SA that is given up at once */
	if (state == CHILD_DESTROYING)
	{
		down(this, ike_sa, child_sa);
	}
	return TRUE;
}

METHOD(listener_t, child_rekey, bool,
	private_l2tp_listener_t *this, ike_sa_t *ike_sa, child_sa_t *old,
	child_sa_t *new)
{
	struct ike_child record;

	if (l2tp_record_is_l2tp_sa(new) && l2tp_record_fill(&record, ike_sa, new))
	{
		this->children->replace(this->children, &record,
								old->get_unique_id(old));
	}
	return TRUE;
}

METHOD(l2tp_listener_t, destroy, void,
	private_l2tp_listener_t *this)
{
	free(this);
}

l2tp_listener_t *l2tp_listener_create(l2tp_children_t *children,
									  l2tp_marks_t *marks)
{
	private_l2tp_listener_t *this;

	INIT(this,
		.public = {
			.listener = {
				.message = _message,
				.authorize = _authorize,
				.ike_updown = _ike_updown,
				.ike_rekey = _ike_rekey,
				.ike_update = _ike_update,
				.children_migrate = _children_migrate,
				.child_updown = _child_updown,
				.child_state_change = _child_state_change,
				.child_rekey = _child_rekey,
			},
			.destroy = _destroy,
		},
		.children = children,
		.marks = marks,
	);

	return &this->public;
}
