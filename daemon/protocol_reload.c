// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A new configuration comes from the kernel role; the wish for one goes there, and its report comes
 * back for whoever had it.
 */
#include <errno.h>
#include <string.h>

#include "daemon/config/config.h"
#include "daemon/protocol.h"
#include "daemon/reload_report.h"

int protocol_reloaded(struct protocol *pr, int fd)
{
	const struct config *new, *old = pr->cfg;
	int err = old ? config_from_memfd(fd, &new) : -EBADMSG;

	if (!err && pr->engine)
		err = engine_reload(pr->engine, new, loop_now(&pr->loop));
	if (err == -ENOMEM) {
		/* to go on by the old one would be to disagree with the kernel role */
		log_say(&pr->log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL,
			"no memory for the new configuration; starting again with it");
	}
	if (err)
		return err;
	pr->cfg = new;
	if (pr->control)
		control_set_groups(pr->control, new->read_gid, new->read_group, new->admin_gid,
				   new->admin_group);
	log_set_level(&pr->log, new->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	config_unmap(old);
	if (pr->engine)
		events_note(&pr->events, EVENT_RELOADED, NULL, NULL, protocol_wall());
	if (pr->control)
		control_wake(pr->control);
	return 0;
}

uint32_t protocol_reload_ask(struct protocol *pr, uint8_t what, uint32_t confirm_s)
{
	struct kern_reload m = {
		.wire = {.type = KERN_RELOAD, .version = WIRE_VERSION},
		.what = what,
		.confirm_s = confirm_s,
	};

	if (++pr->reload_id == 0)
		pr->reload_id = 1;
	m.wire.id = pr->reload_id;
	return kernel_client_send(pr, &m, sizeof(m)) ? 0 : m.wire.id;
}

int protocol_reload_done(struct protocol *pr, const struct kern_reload_done *m, int fd)
{
	struct reload_report_text report = {0};
	int err = fd >= 0 ? reload_report_read(fd, &report) : 0;

	if (err)
		return err;
	if (m->error && !report.head.n_errors)
		reload_report_error(&report, "%s",
				    m->error == -EBUSY ? "another reload is under way"
						       : strerror(-m->error));
	if (pr->control)
		control_reloaded(pr->control, m->wire.id, m->error, &report);
	reload_report_fini(&report);
	return 0;
}
