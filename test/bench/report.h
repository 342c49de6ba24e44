/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures on standard output, for people or as JSON, one object a line.
 */
#ifndef CULVERT_BENCH_REPORT_H
#define CULVERT_BENCH_REPORT_H

struct load;

void report_progress(struct load *l);
void report_ready(struct load *l); /* set-up is over */
void report_held(struct load *l);  /* the time of holding is over */
void report_done(struct load *l);

#endif
