// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/replay/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/l2tp/msg.h"
#include "daemon/ppp/mschapv2.h"
#include "test/replay/build.h"
#include "test/replay/show.h"

#define LCP  0xc021
#define PAP  0xc023
#define CHAP 0xc223

void client_reset(struct client *c)
{
	c->ns = c->nr = 0;
	c->peer_tunnel = 0;
	c->n_calls = 0;
	c->current = NULL;
	memset(c->call, 0, sizeof(c->call));
}

static struct client_call *find_call(struct client *c, uint16_t id)
{
	for (size_t i = 0; i < c->n_calls; i++)
		if (c->call[i].id == id)
			return &c->call[i];
	return NULL;
}

static struct client_call *make_call(struct client *c, uint16_t id)
{
	struct client_call *call = find_call(c, id);

	if (call)
		return call;
	if (c->n_calls == CLIENT_CALLS)
		c->n_calls = 0; /* the oldest are over */
	call = &c->call[c->n_calls++];
	memset(call, 0, sizeof(*call));
	call->id = id;
	return call;
}

/* --- what came --- */

void client_control(struct client *c, const uint8_t *data, size_t len)
{
	struct client_call *call;
	struct l2tp_header h;
	struct msg m;

	if (msg_header(data, len, &h) || !h.payload_len)
		return;
	if (h.ns == c->nr)
		c->nr++;
	if (msg_decode(&m, &h, data, NULL, 0) != MSG_OK)
		return;
	if (m.type == MSG_SCCRP)
		c->peer_tunnel = m.assigned_tunnel;
	call = find_call(c, h.session);
	if (call && m.type == MSG_ICRP)
		call->peer_id = m.assigned_session;
}

void client_frame(struct client *c, uint16_t session, const uint8_t *frame, size_t len)
{
	struct client_call *call = find_call(c, session);
	uint16_t protocol = len >= 4 ? (uint16_t)(frame[0] << 8 | frame[1]) : 0;
	struct client_kept *k = NULL;

	if (!call || len < 6 || len > CLIENT_FRAME)
		return;
	/* requests: Configure-, Terminate-, Echo-Request, Challenge */
	if (frame[2] != 1 && frame[2] != 5 && frame[2] != 9)
		return;
	for (size_t i = 0; i < CLIENT_KEPT && !k; i++)
		if (!call->kept[i].len ||
		    (call->kept[i].protocol == protocol && call->kept[i].code == frame[2]))
			k = &call->kept[i];
	if (!k)
		return;
	k->protocol = protocol;
	k->code = frame[2];
	k->len = len;
	memcpy(k->frame, frame, len);
}

/* --- what goes --- */

static size_t build_message(struct client *c, const struct words *w, uint8_t *to, size_t size)
{
	struct build_header h = {.tunnel = c->peer_tunnel};
	int type = build_type(w->word[0]);
	struct writer out;

	if (type == MSG_ICRQ)
		c->current = make_call(c, (uint16_t)words_number(w, "session", 0));
	else if (words_get(w, "call"))
		c->current = make_call(c, (uint16_t)words_number(w, "call", 0));
	if (c->current && type > MSG_ICRQ)
		h.session = c->current->peer_id;
	if (type == MSG_SCCRQ)
		h.tunnel = 0;
	h.tunnel = (uint16_t)words_number(w, "to", h.tunnel);
	h.session = (uint16_t)words_number(w, "sid", h.session);
	h.ns = (uint16_t)words_number(w, "ns", c->ns);
	h.nr = (uint16_t)words_number(w, "nr", c->nr);
	writer_init(&out, to, size);
	if (!build_control(&out, &h, w))
		return 0;
	if (type != MSG_ZLB && !words_get(w, "ns"))
		c->ns++;
	return writer_len(&out);
}

static const struct client_kept *find_kept(const struct client_call *call, uint16_t protocol,
					   uint8_t code)
{
	for (size_t i = 0; i < CLIENT_KEPT; i++)
		if (call->kept[i].len && call->kept[i].protocol == protocol &&
		    call->kept[i].code == code)
			return &call->kept[i];
	return NULL;
}

/* The answer to a request that came: the same with another code. */
static bool put_mirrored(struct writer *w, const struct client_call *call, uint16_t protocol,
			 uint8_t asked, uint8_t code)
{
	const struct client_kept *k = find_kept(call, protocol, asked);
	size_t at = writer_len(w);

	if (!k)
		return false;
	writer_bytes(w, k->frame, k->len);
	w->start[at + 2] = code;
	if (code == 10) /* Echo-Reply has the sender's own magic number: none */
		memset(w->start + at + 6, 0, 4);
	return !w->bad;
}

static bool put_chap(struct writer *w, const struct client_call *call, const struct words *words)
{
	const struct client_kept *k = find_kept(call, CHAP, 1);
	const char *user = words_get(words, "user"), *password = words_get(words, "password");
	uint8_t hash[16], response[49] = {0};
	size_t len, user_len;

	if (!k || k->len < 7 + 16u || !user || !password)
		return false;
	user_len = strlen(user);
	if (words_has(words, "md5")) {
		len = CHAP_MD5_LEN;
		chap_md5_response(k->frame[3], (const uint8_t *)password, strlen(password),
				  k->frame + 7, k->frame[6], response);
	} else {
		len = 49;
		memset(response, 0x5a, 16);
		mschapv2_nt_hash((const uint8_t *)password, strlen(password), hash);
		mschapv2_nt_response(k->frame + 7, response, (const uint8_t *)user, user_len, hash,
				     response + 24);
	}
	writer_u8(w, 2);
	writer_u8(w, (uint8_t)words_number(words, "id", k->frame[3]));
	writer_u16(w, (uint16_t)(5 + len + user_len));
	writer_u8(w, (uint8_t)len);
	writer_bytes(w, response, len);
	writer_bytes(w, user, user_len);
	return true;
}

static bool put_pap(struct writer *w, const struct words *words)
{
	const char *user = words_get(words, "user"), *password = words_get(words, "password");

	if (!user || !password)
		return false;
	writer_u8(w, 1);
	writer_u8(w, (uint8_t)words_number(words, "id", 1));
	writer_u16(w, (uint16_t)(6 + strlen(user) + strlen(password)));
	writer_u8(w, (uint8_t)strlen(user));
	writer_bytes(w, user, strlen(user));
	writer_u8(w, (uint8_t)strlen(password));
	writer_bytes(w, password, strlen(password));
	return true;
}

static bool put_packet(struct writer *w, uint16_t protocol, const struct words *words)
{
	const struct show_code *code = show_named_code(protocol, words->word[1]);
	size_t at = writer_len(w);

	if (!code)
		return false;
	writer_u8(w, code->code);
	writer_u8(w, (uint8_t)words_number(words, "id", 1));
	writer_u16(w, 0);
	if (code->code == 9 || code->code == 10)
		writer_u32(w, words_number(words, "number", 0));
	else if (code->code <= 4 && !build_options(w, protocol, words))
		return false;
	writer_patch_u16(w, at + 2, (uint16_t)(writer_len(w) - at));
	return true;
}

static bool put_frame(struct writer *w, const struct client_call *call, const struct words *words)
{
	uint16_t protocol = show_protocol(words->word[0]);
	const char *what = words->n > 1 ? words->word[1] : "";
	uint8_t bytes[1600];
	size_t len;

	if (!strcmp(words->word[0], "PPP")) { /* any bytes, protocol included */
		len = words_hex(what, bytes, sizeof(bytes));
		writer_bytes(w, bytes, len == SIZE_MAX ? 0 : len);
		return len != SIZE_MAX;
	}
	if (!strcmp(what, "ack"))
		return put_mirrored(w, call, protocol, 1, 2);
	if (!strcmp(what, "terminate-ack"))
		return put_mirrored(w, call, protocol, 5, 6);
	if (!strcmp(what, "echo-reply"))
		return put_mirrored(w, call, protocol, 9, 10);
	if (!strcmp(what, "reject"))
		return put_mirrored(w, call, protocol, 1, 4);
	writer_u16(w, protocol);
	if (protocol == CHAP && !strcmp(what, "response"))
		return put_chap(w, call, words);
	if (protocol == PAP && !strcmp(what, "request"))
		return put_pap(w, words);
	return put_packet(w, protocol, words);
}

static size_t build_data(struct client *c, const struct words *w, uint8_t *to, size_t size,
			 const uint8_t **ret_frame, size_t *ret_len)
{
	struct writer out;

	if (words_get(w, "call"))
		c->current = make_call(c, (uint16_t)words_number(w, "call", 0));
	if (!c->current)
		return 0;
	writer_init(&out, to, size);
	writer_u16(&out, 0x0002);
	writer_u16(&out, (uint16_t)words_number(w, "to", c->peer_tunnel));
	writer_u16(&out, (uint16_t)words_number(w, "sid", c->current->peer_id));
	writer_u16(&out, 0xff03);
	if (!put_frame(&out, c->current, w) || out.bad)
		return 0;
	*ret_frame = to + 8;
	*ret_len = writer_len(&out) - 8;
	return writer_len(&out);
}

size_t client_build(struct client *c, const struct words *w, uint8_t *to, size_t size,
		    const uint8_t **ret_frame, size_t *ret_frame_len)
{
	size_t len;

	*ret_frame = NULL;
	if (!strcmp(w->word[0], "raw")) {
		len = w->n > 1 ? words_hex(w->word[1], to, size) : 0;
		return len == SIZE_MAX ? 0 : len;
	}
	if (show_protocol(w->word[0]) || !strcmp(w->word[0], "PPP"))
		return build_data(c, w, to, size, ret_frame, ret_frame_len);
	return build_type(w->word[0]) >= 0 ? build_message(c, w, to, size) : 0;
}
