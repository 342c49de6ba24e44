// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/replay/kern.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/engine/engine.h"
#include "test/replay/show.h"
#include "test/replay/trace.h"

union request {
	struct wire wire;
	struct kern_tunnel_add tunnel_add;
	struct kern_tunnel_del tunnel_del;
	struct kern_session_add session_add;
	struct kern_session_del session_del;
	struct kern_session_set session_set;
	struct kern_stats_get stats_get;
	struct kern_sa_add sa_add;
	struct kern_sa_set sa_set;
	struct kern_sa_del sa_del;
	struct kern_tunnel_set tunnel_set;
};

struct pending {
	struct list list;
	usec_t due;
	union request m;
	int error;
};

struct session {
	struct list list;
	uint16_t tunnel, session;
	uint32_t remote4;
	bool ipv4, ipv6;
};

struct sa {
	struct list list;
	uint32_t mark;
};

static const struct {
	const char *name;
	uint16_t type;
	size_t size;
} types[] = {
	{"TUNNEL_ADD", KERN_TUNNEL_ADD, sizeof(struct kern_tunnel_add)},
	{"TUNNEL_DEL", KERN_TUNNEL_DEL, sizeof(struct kern_tunnel_del)},
	{"SESSION_ADD", KERN_SESSION_ADD, sizeof(struct kern_session_add)},
	{"SESSION_DEL", KERN_SESSION_DEL, sizeof(struct kern_session_del)},
	{"SESSION_SET", KERN_SESSION_SET, sizeof(struct kern_session_set)},
	{"STATS_GET", KERN_STATS_GET, sizeof(struct kern_stats_get)},
	{"SA_ADD", KERN_SA_ADD, sizeof(struct kern_sa_add)},
	{"SA_SET", KERN_SA_SET, sizeof(struct kern_sa_set)},
	{"SA_DEL", KERN_SA_DEL, sizeof(struct kern_sa_del)},
	{"TUNNEL_SET", KERN_TUNNEL_SET, sizeof(struct kern_tunnel_set)},
};

static uint16_t type_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i].name, name))
			return types[i].type;
	return 0;
}

void kern_fake_init(struct kern_fake *k, struct trace *trace, const usec_t *now)
{
	memset(k, 0, sizeof(*k));
	k->trace = trace;
	k->now = now;
	k->counters = (struct kern_counters){10, 1000, 20, 2000};
	list_init(&k->pending);
	list_init(&k->sessions);
	list_init(&k->sas);
}

static void free_list(struct list *head)
{
	while (!list_empty(head)) {
		struct list *l = list_first(head);

		list_del(l);
		/* each list's objects begin with their node */
		free(l);
	}
}

void kern_fake_fini(struct kern_fake *k)
{
	_Static_assert(offsetof(struct pending, list) == 0 && offsetof(struct session, list) == 0 &&
			       offsetof(struct sa, list) == 0,
		       "free_list()");
	free_list(&k->pending);
	free_list(&k->sessions);
	free_list(&k->sas);
}

static void bug(struct kern_fake *k, const char *what, const union request *m)
{
	if (!k->bug[0])
		snprintf(k->bug, sizeof(k->bug), "%s (request type %u)", what, m->wire.type);
}

static struct session *find_session(struct kern_fake *k, uint16_t id)
{
	struct list *l;

	list_for_each (l, &k->sessions)
		if (list_entry(l, struct session, list)->session == id)
			return list_entry(l, struct session, list);
	return NULL;
}

static bool tunnel_is_used(struct kern_fake *k, uint16_t id)
{
	struct list *l;

	list_for_each (l, &k->sessions)
		if (list_entry(l, struct session, list)->tunnel == id)
			return true;
	return false;
}

static bool address_is_used(struct kern_fake *k, uint32_t address)
{
	struct list *l;

	list_for_each (l, &k->sessions)
		if (list_entry(l, struct session, list)->remote4 == address)
			return true;
	return false;
}

/* --- SAs: at once, as the kernel role does it --- */

static struct sa *find_sa(const struct kern_fake *k, uint32_t mark)
{
	struct list *l;

	list_for_each (l, &k->sas)
		if (list_entry(l, struct sa, list)->mark == mark)
			return list_entry(l, struct sa, list);
	return NULL;
}

bool kern_fake_has_sa(const struct kern_fake *k, uint32_t mark)
{
	return find_sa(k, mark);
}

static void add_sa(struct kern_fake *k, const union request *m)
{
	struct sa *sa = calloc(1, sizeof(*sa));

	BUG_ON(!sa);
	if (find_sa(k, m->sa_add.mark) && !k->told)
		bug(k, "an SA made twice", m);
	if (find_sa(k, m->sa_add.mark)) { /* as before */
		free(sa);
		return;
	}
	if (!m->sa_add.mark || !m->sa_add.peer.port || !m->sa_add.local.port)
		bug(k, "SA without what it needs", m);
	sa->mark = m->sa_add.mark;
	list_add_tail(&k->sas, &sa->list);
	k->n_sas++;
}

static void del_sa(struct kern_fake *k, const union request *m)
{
	struct sa *sa = find_sa(k, m->sa_del.mark);

	if (!sa) {
		bug(k, "no such SA to delete", m);
		return;
	}
	for (uint32_t i = 0; i < 65536; i++)
		if (k->mark[i] == sa->mark)
			k->mark[i] = KERN_MARK_DEAD;
	list_del(&sa->list);
	free(sa);
	k->n_sas--;
}

/* --- carrying out, when the answer is made --- */

static void add_session(struct kern_fake *k, const union request *m)
{
	const struct kern_session_add *a = &m->session_add;
	struct session *s;

	if (find_session(k, a->session))
		bug(k, "session made twice", m);
	if (address_is_used(k, a->remote4))
		bug(k, "an address on two sessions", m);
	if (!a->session || !a->peer_session || !a->remote4 || !a->local4 || !a->mtu)
		bug(k, "session without what it needs", m);
	s = calloc(1, sizeof(*s));
	BUG_ON(!s);
	s->tunnel = a->tunnel;
	s->session = a->session;
	s->remote4 = a->remote4;
	s->ipv4 = a->ipv4;
	s->ipv6 = a->ipv6;
	list_add_tail(&k->sessions, &s->list);
	k->n_sessions++;
}

static void del_session(struct kern_fake *k, const union request *m)
{
	struct session *s = find_session(k, m->session_del.session);

	if (!s) {
		bug(k, "no such session to delete", m);
		return;
	}
	list_del(&s->list);
	free(s);
	k->n_sessions--;
}

static void set_session(struct kern_fake *k, const union request *m)
{
	struct session *s = find_session(k, m->session_set.session);

	if (!s) {
		bug(k, "no such session to set", m);
		return;
	}
	s->ipv4 = m->session_set.ipv4;
	s->ipv6 = m->session_set.ipv6;
}

static void carry_out(struct kern_fake *k, struct pending *p)
{
	const union request *m = &p->m;

	switch (m->wire.type) {
	case KERN_TUNNEL_ADD:
		if (k->tunnel[m->tunnel_add.tunnel])
			bug(k, "tunnel made twice", m);
		if (m->tunnel_add.mark && !find_sa(k, m->tunnel_add.mark)) {
			p->error = -ENOENT;
			return;
		}
		k->tunnel[m->tunnel_add.tunnel] = true;
		k->mark[m->tunnel_add.tunnel] = m->tunnel_add.mark;
		k->peer[m->tunnel_add.tunnel] = m->tunnel_add.peer;
		k->n_tunnels++;
		return;
	case KERN_TUNNEL_DEL:
		if (!k->tunnel[m->tunnel_del.tunnel])
			bug(k, "no such tunnel to delete", m);
		if (tunnel_is_used(k, m->tunnel_del.tunnel))
			bug(k, "a tunnel with sessions deleted", m);
		k->tunnel[m->tunnel_del.tunnel] = false;
		k->mark[m->tunnel_del.tunnel] = 0;
		k->n_tunnels--;
		return;
	case KERN_SESSION_ADD:
		if (k->tunnel[m->session_add.tunnel])
			add_session(k, m);
		else
			p->error = -ENOENT; /* its tunnel failed before it */
		return;
	case KERN_SESSION_DEL:
		del_session(k, m);
		return;
	case KERN_SA_ADD:
		add_sa(k, m);
		return;
	case KERN_SA_SET:
		if (!find_sa(k, m->sa_set.mark))
			bug(k, "no such SA to set", m);
		return;
	case KERN_SA_DEL:
		del_sa(k, m);
		return;
	case KERN_TUNNEL_SET:
		if (!k->tunnel[m->tunnel_set.tunnel] ||
		    (m->tunnel_set.mark != KERN_MARK_DEAD && !find_sa(k, m->tunnel_set.mark))) {
			p->error = -ENOENT;
			return;
		}
		k->mark[m->tunnel_set.tunnel] = m->tunnel_set.mark;
		k->peer[m->tunnel_set.tunnel] = m->tunnel_set.peer;
		return;
	case KERN_SESSION_SET:
		set_session(k, m);
		return;
	default:
		return;
	}
}

static void answer_stats(struct kern_fake *k, struct engine *e, uint32_t id)
{
	struct kern_stats s = {.wire = {.type = KERN_STATS, .version = WIRE_VERSION, .id = id}};
	struct list *l = k->sessions.next;

	do {
		s.count = 0;
		for (; l != &k->sessions && s.count < KERN_STATS_MAX; l = l->next) {
			struct session *x = list_entry(l, struct session, list);

			s.entry[s.count].tunnel = x->tunnel;
			s.entry[s.count].session = x->session;
			s.entry[s.count++].counters = k->counters;
		}
		s.last = l == &k->sessions;
		engine_kernel_stats(e, &s, *k->now);
	} while (!s.last);
}

static bool of_sa(const union request *m)
{
	return m->wire.type == KERN_SA_ADD || m->wire.type == KERN_SA_SET ||
	       m->wire.type == KERN_SA_DEL || m->wire.type == KERN_TUNNEL_SET;
}

static uint16_t tunnel_of(const union request *m)
{
	if (of_sa(m))
		return 0;
	return m->wire.type == KERN_TUNNEL_ADD	 ? m->tunnel_add.tunnel
	       : m->wire.type == KERN_TUNNEL_DEL ? m->tunnel_del.tunnel
						 : m->session_del.tunnel;
}

static uint16_t session_of(const union request *m)
{
	if (m->wire.type == KERN_SESSION_ADD)
		return m->session_add.session;
	return m->wire.type == KERN_SESSION_DEL	  ? m->session_del.session
	       : m->wire.type == KERN_SESSION_SET ? m->session_set.session
						  : 0;
}

static void answer(struct kern_fake *k, struct pending *p, struct engine *e)
{
	struct kern_done d = {
		.wire = {.type = KERN_DONE, .version = WIRE_VERSION, .id = p->m.wire.id},
		.tunnel = tunnel_of(&p->m),
		.session = session_of(&p->m),
		.layout = k->classic ? KERN_LAYOUT_CLASSIC : KERN_LAYOUT_PARKED,
		.ifindex = 7,
		.counters = k->counters,
	};
	int fds[2] = {-1, -1};
	size_t nfds = 0;

	list_del(&p->list);
	k->requests--;
	if (!p->error)
		carry_out(k, p);
	d.error = p->error;
	snprintf(d.ifname, sizeof(d.ifname), "ppp%u", d.session);
	if (p->error)
		snprintf(d.detail, sizeof(d.detail), "as the scenario says");
	else if (p->m.wire.type == KERN_SESSION_ADD)
		nfds = 2;
	else if (p->m.wire.type == KERN_TUNNEL_ADD)
		nfds = k->classic;
	else if (p->m.wire.type == KERN_SA_ADD && k->classic)
		d.port = kern_fake_port(p->m.sa_add.mark);
	else if (p->m.wire.type == KERN_SA_ADD)
		nfds = 1;
	for (size_t i = 0; i < nfds; i++)
		fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (p->m.wire.type == KERN_STATS_GET && !p->error)
		answer_stats(k, e, p->m.wire.id);
	else if (p->m.wire.type != KERN_SESSION_SET || p->error)
		engine_kernel_done(e, &d, fds, nfds, *k->now);
	free(p);
}

/* --- another protocol role --- */

void kern_fake_forget(struct kern_fake *k)
{
	free_list(&k->pending);
	k->requests = 0;
	k->told = true;
}

static void tell(struct kern_fake *k, struct engine *e, struct kern_kept *m)
{
	int fds[2] = {-1, -1};
	size_t nfds = m->session ? 2 : k->classic;

	m->wire = (struct wire){.type = KERN_KEPT, .version = WIRE_VERSION};
	m->layout = k->classic ? KERN_LAYOUT_CLASSIC : KERN_LAYOUT_PARKED;
	m->mark = k->mark[m->tunnel];
	m->peer = k->peer[m->tunnel];
	for (size_t i = 0; i < nfds; i++)
		fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
	engine_kernel_kept(e, m, fds, nfds, *k->now);
}

void kern_fake_tell(struct kern_fake *k, struct engine *e)
{
	struct list *l;

	for (uint32_t i = 0; i < 65536; i++)
		if (k->tunnel[i])
			tell(k, e, &(struct kern_kept){.tunnel = (uint16_t)i});
	list_for_each (l, &k->sessions) {
		const struct session *s = list_entry(l, struct session, list);
		struct kern_kept m = {
			.tunnel = s->tunnel,
			.session = s->session,
			.ifindex = 7,
			.ipv4 = s->ipv4,
			.ipv6 = s->ipv6,
		};

		snprintf(m.ifname, sizeof(m.ifname), "ppp%u", s->session);
		tell(k, e, &m);
	}
}

/* --- asking --- */

static struct kern_fake_rule *rule_for(struct kern_fake *k, uint16_t type)
{
	for (size_t i = 0; i < KERN_FAKE_RULES; i++)
		if (k->rule[i].type == type && k->rule[i].times)
			return &k->rule[i];
	return NULL;
}

static void say(struct kern_fake *k, const void *msg)
{
	char line[TRACE_LINE];
	struct text t;

	text_init(&t, line, sizeof(line));
	show_kernel(&t, msg);
	trace_add(k->trace, "kernel", false, line);
}

int kern_fake_request(struct kern_fake *k, const void *msg, size_t len)
{
	struct kern_fake_rule *r;
	struct pending *p = calloc(1, sizeof(*p));
	size_t expected = 0;

	BUG_ON(!p);
	memcpy(&p->m, msg, len < sizeof(p->m) ? len : sizeof(p->m));
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == p->m.wire.type)
			expected = types[i].size;
	if (len != expected || p->m.wire.version != WIRE_VERSION || !p->m.wire.id)
		bug(k, "malformed request", &p->m);
	r = rule_for(k, p->m.wire.type);
	if (r)
		r->times--;
	if (r && r->refuse) {
		free(p);
		return -r->error;
	}
	say(k, msg);
	if (++k->requests > KERN_QUEUE_MAX)
		bug(k, "more requests under way than the kernel role takes", &p->m);
	p->error = r ? -r->error : 0;
	p->due = k->hold ? USEC_NEVER : *k->now + k->delay;
	list_add_tail(&k->pending, &p->list);
	return 0;
}

usec_t kern_fake_next(const struct kern_fake *k)
{
	usec_t when = USEC_NEVER;
	struct list *l;

	list_for_each (l, &k->pending)
		when = usec_min(when, list_entry(l, struct pending, list)->due);
	return when;
}

bool kern_fake_step(struct kern_fake *k, struct engine *e)
{
	struct list *l;

	list_for_each (l, &k->pending) {
		struct pending *p = list_entry(l, struct pending, list);

		if (p->due <= *k->now) {
			answer(k, p, e);
			return true;
		}
	}
	return false;
}

/* --- commands --- */

static bool add_rule(struct kern_fake *k, const struct words *w, bool refuse)
{
	struct kern_fake_rule r = {.refuse = refuse};

	if (w->n < 4)
		return false;
	r.type = type_named(w->word[2]);
	r.error = words_errno(w->word[3]);
	r.times = w->n > 4 ? (unsigned int)atoi(w->word[4]) : 1;
	for (size_t i = 0; i < KERN_FAKE_RULES; i++) {
		if (k->rule[i].times)
			continue;
		k->rule[i] = r;
		return r.type && r.error;
	}
	return false;
}

/* "answer", "answer SESSION_ADD", "answer SESSION_ADD enomem": the oldest of that type. */
static bool answer_one(struct kern_fake *k, const struct words *w, struct engine *e)
{
	uint16_t type = w->n > 2 ? type_named(w->word[2]) : 0;
	struct list *l;

	list_for_each (l, &k->pending) {
		struct pending *p = list_entry(l, struct pending, list);

		if (type && p->m.wire.type != type)
			continue;
		if (w->n > 3)
			p->error = -words_errno(w->word[3]);
		answer(k, p, e);
		return true;
	}
	return false;
}

static void release_all(struct kern_fake *k)
{
	struct list *l;

	k->hold = false;
	list_for_each (l, &k->pending)
		list_entry(l, struct pending, list)->due = *k->now;
}

static bool gone(struct kern_fake *k, const struct words *w, struct engine *e)
{
	struct kern_gone m = {.wire = {.type = KERN_GONE, .version = WIRE_VERSION},
			      .detail = "deleted_by_somebody"};

	m.tunnel = (uint16_t)words_number(w, "tunnel", 0);
	m.session = (uint16_t)words_number(w, "session", 0);
	engine_kernel_gone(e, &m, *k->now);
	return true;
}

/* Somebody takes it away, and nobody is there to be told. */
static bool loses(struct kern_fake *k, const struct words *w)
{
	struct session *s = find_session(k, (uint16_t)words_number(w, "session", 0));

	if (!s)
		return false;
	list_del(&s->list);
	free(s);
	k->n_sessions--;
	return true;
}

bool kern_fake_command(struct kern_fake *k, const struct words *w, struct engine *e)
{
	const char *what = w->n > 1 ? w->word[1] : "";

	if (!strcmp(what, "hold"))
		k->hold = true;
	else if (!strcmp(what, "ok"))
		release_all(k);
	else if (!strcmp(what, "delay") && w->n > 2)
		return words_time(w->word[2], &k->delay);
	else if (!strcmp(what, "classic"))
		k->classic = true;
	else if (!strcmp(what, "fail") || !strcmp(what, "refuse"))
		return add_rule(k, w, what[0] == 'r');
	else if (!strcmp(what, "answer"))
		return answer_one(k, w, e);
	else if (!strcmp(what, "loses"))
		return loses(k, w);
	else if (!strcmp(what, "gone"))
		return gone(k, w, e);
	else
		return false;
	return true;
}
