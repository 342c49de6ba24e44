// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/l2tp/avp.h"

#define AVP_MANDATORY 0x8000 /* RFC 2661 4.1 */
#define AVP_HIDDEN    0x4000 /* RFC 2661 4.1 */
#define AVP_RESERVED  0x3c00 /* RFC 2661 4.1 */
#define AVP_LENGTH    0x03ff /* RFC 2661 4.1 */

enum avp_walk avp_next(struct reader *r, struct avp *ret_avp)
{
	uint16_t flags, vendor, attribute;
	struct reader value;
	size_t len;

	if (reader_left(r) == 0)
		return AVP_WALK_END;
	flags = reader_u16(r);
	vendor = reader_u16(r);
	attribute = reader_u16(r);
	len = flags & AVP_LENGTH;
	if (r->bad || len < AVP_HEADER_LEN)
		return AVP_WALK_MALFORMED;
	value = reader_sub(r, len - AVP_HEADER_LEN);
	if (value.bad)
		return AVP_WALK_MALFORMED;
	ret_avp->mandatory = flags & AVP_MANDATORY;
	ret_avp->hidden = flags & AVP_HIDDEN;
	ret_avp->reserved = flags & AVP_RESERVED;
	ret_avp->vendor = vendor;
	ret_avp->attribute = attribute;
	ret_avp->value = value.pos;
	ret_avp->len = reader_left(&value);
	return AVP_WALK_OK;
}

void avp_put_header(struct writer *w, uint16_t attribute, bool mandatory, bool hidden, size_t len)
{
	if (len > AVP_VALUE_MAX) {
		w->bad = true;
		return;
	}
	writer_u16(w, (uint16_t)((mandatory ? AVP_MANDATORY : 0) | (hidden ? AVP_HIDDEN : 0) |
				 (AVP_HEADER_LEN + len)));
	writer_u16(w, 0);
	writer_u16(w, attribute);
}

void avp_put(struct writer *w, uint16_t attribute, bool mandatory, const void *value, size_t len)
{
	avp_put_header(w, attribute, mandatory, false, len);
	writer_bytes(w, value, len);
}
