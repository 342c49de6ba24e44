// SPDX-License-Identifier: GPL-2.0-or-later

#include "l2tp_marks.h"

#include <errno.h>

#include <daemon.h>
#include <threading/mutex.h>
#include <threading/thread_value.h>

#include "l2tp_record.h"

/* the name under which our own functions find the mask again: all that charon
 * hands to them is its configuration */
#define REGISTERED "l2tp-marks"

typedef struct private_l2tp_marks_t private_l2tp_marks_t;

/**
 * Private data of an l2tp_marks_t object.
 */
struct private_l2tp_marks_t {

	/**
	 * Public interface.
	 */
	l2tp_marks_t public;

	/**
	 * Where the marks in use are to be found.
	 */
	l2tp_children_t *children;

	/**
	 * Bits that a mark may use.
	 */
	uint32_t mask;

	/**
	 * The lowest of them.
	 */
	u_int shift;

	/**
	 * What this thread gave to the last CHILD_SA that it created.
	 */
	thread_value_t *last;

	/**
	 * For what is below.
	 */
	mutex_t *mutex;

	/**
	 * The last one that was given away.
	 */
	uint32_t counter;
};

/**
 * The object, which is there for as long as there are CHILD_SAs
 */
static private_l2tp_marks_t *instance()
{
	return lib->get(lib, REGISTERED);
}

/**
 * The next mark that nobody has, 0 if there is none
 */
static uint32_t allocate(private_l2tp_marks_t *this)
{
	uint32_t most = this->mask >> this->shift, mark = 0, tries;

	this->mutex->lock(this->mutex);
	for (tries = 0; tries < most && !mark; tries++)
	{
		this->counter = this->counter % most + 1;
		mark = this->counter << this->shift;
		if (mark == (IKE_MARK_NOBODY & this->mask) ||
			this->children->has_mark(this->children, mark))
		{
			mark = 0;
		}
	}
	this->mutex->unlock(this->mutex);
	if (!mark)
	{
		DBG1(DBG_CHD, "l2tp: each of the %u marks that fit into mask %#x is in "
			 "use: this client gets none", most, this->mask);
	}
	return mark;
}

bool l2tp_marks_is_client(ike_sa_t *ike_sa)
{
	ike_cfg_t *cfg = ike_sa->get_ike_cfg(ike_sa);
	char *addr = cfg ? cfg->get_other_addr(cfg) : NULL;

	/* nobody can call just anybody */
	return ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR) &&
		   !(addr && strstr(addr, "%any"));
}

/**
 * Whether a CHILD_SA that is created now is a client's
 */
static bool for_client_of_ours(private_l2tp_marks_t *this)
{
	ike_sa_t *ike_sa = charon->bus->get_sa(charon->bus);
	enumerator_t *enumerator;
	child_sa_t *child_sa;
	struct ike_child record;
	bool known = FALSE;

	if (!ike_sa)
	{
		return FALSE;
	}
	enumerator = ike_sa->create_child_sa_enumerator(ike_sa);
	while (!known && enumerator->enumerate(enumerator, &child_sa))
	{
		known = this->children->get(this->children,
									child_sa->get_unique_id(child_sa), &record);
	}
	enumerator->destroy(enumerator);
	return known ? !(record.flags & IKE_CHILD_INITIATOR) :
				   !l2tp_marks_is_client(ike_sa);
}

METHOD(child_cfg_t, get_mark, mark_t,
	child_cfg_t *cfg, bool inbound)
{
	private_l2tp_marks_t *this = instance();
	mark_t mark = {
		.value = MARK_UNIQUE,
		.mask = this->mask,
	};

	if (!for_client_of_ours(this))
	{
		return (mark_t){};
	}
	/* charon counts up from 1 and knows no end; where there are fewer bits we
	 * count ourselves.  A CHILD_SA asks for its inbound mark first. */
	if (this->mask != 0xffffffff)
	{
		if (inbound)
		{
			mark.value = allocate(this);
			this->last->set(this->last, (void*)(uintptr_t)mark.value);
		}
		mark.value = (uintptr_t)this->last->get(this->last);
	}
	return mark;
}

METHOD(child_cfg_t, get_set_mark, mark_t,
	child_cfg_t *cfg, bool inbound)
{
	/* decrypted packets carry the mark; what is sent has it already */
	return (mark_t){
		.value = inbound ? MARK_SAME : 0,
		.mask = inbound ? instance()->mask : 0,
	};
}

bool l2tp_marks_is_ours(child_cfg_t *cfg)
{
	return cfg->get_mark == _get_mark;
}

/**
 * Selectors of one side of a configuration
 */
static linked_list_t *selectors(child_cfg_t *cfg, bool local)
{
#ifdef L2TP_TS_NOT_SUPPLIED
	return cfg->get_traffic_selectors(cfg, local, NULL);
#elif defined(L2TP_TS_WITHOUT_LOG)
	return cfg->get_traffic_selectors(cfg, local, NULL, NULL);
#else
	return cfg->get_traffic_selectors(cfg, local, NULL, NULL, FALSE);
#endif
}

bool l2tp_marks_is_l2tp(child_cfg_t *cfg)
{
	linked_list_t *local, *remote;
	bool found;

	if (cfg->get_mode(cfg) != MODE_TRANSPORT)
	{
		return FALSE;
	}
	local = selectors(cfg, TRUE);
	remote = selectors(cfg, FALSE);
	found = l2tp_record_is_l2tp(local->create_enumerator(local),
								remote->create_enumerator(remote));
	local->destroy_offset(local, offsetof(traffic_selector_t, destroy));
	remote->destroy_offset(remote, offsetof(traffic_selector_t, destroy));
	return found;
}

/**
 * Whether the configuration says something about marks itself
 */
static bool has_marks(child_cfg_t *cfg)
{
	return cfg->get_mark(cfg, TRUE).value || cfg->get_mark(cfg, FALSE).value ||
		   cfg->get_set_mark(cfg, TRUE).value ||
		   cfg->get_set_mark(cfg, FALSE).value;
}

METHOD(l2tp_marks_t, apply, void,
	private_l2tp_marks_t *this, ike_sa_t *ike_sa)
{
	enumerator_t *enumerator;
	peer_cfg_t *peer_cfg;
	child_cfg_t *cfg;

	peer_cfg = ike_sa->get_peer_cfg(ike_sa);
	if (!peer_cfg || l2tp_marks_is_client(ike_sa))
	{
		return;
	}
	enumerator = peer_cfg->create_child_cfg_enumerator(peer_cfg);
	while (enumerator->enumerate(enumerator, &cfg))
	{
		if (l2tp_marks_is_ours(cfg) || !l2tp_marks_is_l2tp(cfg) || has_marks(cfg))
		{
			continue;
		}
		/* a configuration is compared and copied by its fields, so it stays
		 * what it was when somebody reloads; another thread that does the same
		 * at the same time writes the same */
		cfg->get_set_mark = _get_set_mark;
		cfg->get_mark = _get_mark;
		DBG2(DBG_CFG, "l2tp: unique marks for clients of '%s'",
			 cfg->get_name(cfg));
	}
	enumerator->destroy(enumerator);
}

METHOD(l2tp_marks_t, get_mask, uint32_t,
	private_l2tp_marks_t *this)
{
	return this->mask;
}

METHOD(l2tp_marks_t, destroy, void,
	private_l2tp_marks_t *this)
{
	lib->set(lib, REGISTERED, NULL);
	this->last->destroy(this->last);
	this->mutex->destroy(this->mutex);
	free(this);
}

/**
 * Read the mask from the configuration: a row of bits
 */
static uint32_t configured_mask()
{
	char *text, *end;
	unsigned long mask, row;

	text = lib->settings->get_str(lib->settings, "%s.plugins.l2tp.mask",
								  "0xffffffff", lib->ns);
	errno = 0;
	mask = strtoul(text, &end, 0);
	row = mask ? mask >> __builtin_ctzl(mask) : 0;
	if (errno || *end || !mask || mask > 0xffffffff || row & (row + 1))
	{
		DBG1(DBG_CFG, "l2tp: mask = %s isn't a row of bits, like 0xffff00; using "
			 "all bits", text);
		return 0xffffffff;
	}
	return mask;
}

l2tp_marks_t *l2tp_marks_create(l2tp_children_t *children)
{
	private_l2tp_marks_t *this;

	INIT(this,
		.public = {
			.apply = _apply,
			.get_mask = _get_mask,
			.destroy = _destroy,
		},
		.children = children,
		.mask = configured_mask(),
		.last = thread_value_create(NULL),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	this->shift = __builtin_ctz(this->mask);
	lib->set(lib, REGISTERED, this);

	return &this->public;
}
