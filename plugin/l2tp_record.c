// SPDX-License-Identifier: GPL-2.0-or-later

#include "l2tp_record.h"

#include <netinet/in.h>

#include <daemon.h>

#include "l2tp_marks.h"

#define L2TP_PORT 1701

/**
 * What the selectors of one side are
 */
typedef struct {
	/** there is at least one, and each is for UDP */
	bool udp;
	/** the port of the first, 0 for a range of ports */
	uint16_t port;
} side_t;

/**
 * Look at the selectors of one side
 */
static side_t look(enumerator_t *enumerator)
{
	side_t side = {};
	traffic_selector_t *ts;
	bool first = TRUE;

	while (enumerator->enumerate(enumerator, &ts))
	{
		bool udp = ts->get_protocol(ts) == IPPROTO_UDP;

		if (first)
		{
			side.udp = udp;
			if (ts->get_from_port(ts) == ts->get_to_port(ts))
			{
				side.port = ts->get_from_port(ts);
			}
			first = FALSE;
		}
		side.udp = side.udp && udp;
	}
	enumerator->destroy(enumerator);
	return side;
}

bool l2tp_record_is_l2tp(enumerator_t *local, enumerator_t *remote)
{
	side_t here = look(local), there = look(remote);

	return here.udp && there.udp &&
		   (here.port == L2TP_PORT || there.port == L2TP_PORT);
}

bool l2tp_record_is_l2tp_sa(child_sa_t *child_sa)
{
	return child_sa->get_mode(child_sa) == MODE_TRANSPORT &&
		   child_sa->get_protocol(child_sa) == PROTO_ESP &&
		   l2tp_record_is_l2tp(child_sa->create_ts_enumerator(child_sa, TRUE),
							   child_sa->create_ts_enumerator(child_sa, FALSE));
}

bool l2tp_record_host(struct endpoint *endpoint, host_t *host)
{
	struct sockaddr_in6 *in6;
	chunk_t address = host->get_address(host);

	memset(endpoint, 0, sizeof(*endpoint));
	switch (host->get_family(host))
	{
		case AF_INET:
			endpoint->family = ENDPOINT_IPV4;
			break;
		case AF_INET6:
			endpoint->family = ENDPOINT_IPV6;
			in6 = (struct sockaddr_in6*)host->get_sockaddr(host);
			if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
			{
				endpoint->scope = in6->sin6_scope_id;
			}
			break;
		default:
			return FALSE;
	}
	memcpy(endpoint->addr, address.ptr, min(address.len, sizeof(endpoint->addr)));
	endpoint->port = host->get_port(host);
	return TRUE;
}

/**
 * Bytes that a cipher adds: its vector, and what it pads to
 */
static void cipher(struct ike_child *record, uint16_t alg)
{
	/* the next header and pad length end on a multiple of 4 (RFC 4303 2.4) */
	record->iv = 8;
	record->block = 4;
	record->icv = 0;
	switch (alg)
	{
		case ENCR_NULL:
			record->iv = 0;
			break;
		case ENCR_AES_CBC:
		case ENCR_CAMELLIA_CBC:
		case ENCR_SERPENT_CBC:
		case ENCR_TWOFISH_CBC:
			record->iv = 16;
			record->block = 16;
			break;
		case ENCR_DES:
		case ENCR_3DES:
		case ENCR_CAST:
		case ENCR_BLOWFISH:
			record->block = 8;
			break;
		case ENCR_AES_GCM_ICV8:
		case ENCR_AES_CCM_ICV8:
		case ENCR_CAMELLIA_CCM_ICV8:
			record->icv = 8;
			break;
		case ENCR_AES_GCM_ICV12:
		case ENCR_AES_CCM_ICV12:
		case ENCR_CAMELLIA_CCM_ICV12:
			record->icv = 12;
			break;
		case ENCR_AES_GCM_ICV16:
		case ENCR_AES_CCM_ICV16:
		case ENCR_CAMELLIA_CCM_ICV16:
		case ENCR_NULL_AUTH_AES_GMAC:
		case ENCR_CHACHA20_POLY1305:
			record->icv = 16;
			break;
		default:
			break;
	}
}

/**
 * Bytes of the check value
 */
static uint8_t check_value(uint16_t alg)
{
	switch (alg)
	{
		case AUTH_HMAC_MD5_128:
		case AUTH_HMAC_SHA2_256_128:
			return 16;
		case AUTH_HMAC_SHA1_160:
			return 20;
		case AUTH_HMAC_SHA2_384_192:
			return 24;
		case AUTH_HMAC_SHA2_512_256:
			return 32;
		default:
			return 12;
	}
}

/**
 * Bytes that ESP adds
 */
static void overhead(struct ike_child *record, proposal_t *proposal)
{
	uint16_t alg;

	if (!proposal)
	{
		return;
	}
	if (proposal->get_algorithm(proposal, ENCRYPTION_ALGORITHM, &alg, NULL))
	{
		cipher(record, alg);
	}
	if (proposal->get_algorithm(proposal, INTEGRITY_ALGORITHM, &alg, NULL) &&
		alg != AUTH_UNDEFINED)
	{
		record->icv = check_value(alg);
	}
}

/**
 * Who is at the other end
 */
static void identities(struct ike_child *record, ike_sa_t *ike_sa)
{
	identification_t *id, *name;

	id = ike_sa->get_my_id(ike_sa);
	snprintf(record->local_id, sizeof(record->local_id), "%Y", id);
	id = ike_sa->get_other_id(ike_sa);
	snprintf(record->remote_id, sizeof(record->remote_id), "%Y", id);
	/* the same as the identity if there was neither XAuth nor EAP */
	name = ike_sa->get_other_eap_id(ike_sa);
	if (name && !name->equals(name, id))
	{
		snprintf(record->remote_name, sizeof(record->remote_name), "%Y", name);
	}
}

/**
 * What the IKE_SA says of itself
 */
static uint32_t flags(ike_sa_t *ike_sa, child_sa_t *child_sa)
{
	uint32_t flags = 0;

	/* one that we gave a mark to is a client's */
	if (l2tp_marks_is_client(ike_sa) &&
		!(l2tp_marks_is_ours(child_sa->get_config(child_sa)) &&
		  child_sa->get_mark(child_sa, TRUE).value))
	{
		flags |= IKE_CHILD_INITIATOR;
	}
	if (child_sa->has_encap(child_sa))
	{
		flags |= IKE_CHILD_ENCAP;
	}
	if (ike_sa->has_condition(ike_sa, COND_NAT_HERE))
	{
		flags |= IKE_CHILD_NAT_HERE;
	}
	if (ike_sa->has_condition(ike_sa, COND_NAT_THERE))
	{
		flags |= IKE_CHILD_NAT_THERE;
	}
	return flags;
}

bool l2tp_record_fill(struct ike_child *record, ike_sa_t *ike_sa,
					  child_sa_t *child_sa)
{
	memset(record, 0, sizeof(*record));
	record->head.type = IKE_CHILD;
	record->head.version = IKE_VERSION;
	record->unique = child_sa->get_unique_id(child_sa);
	record->ike = ike_sa->get_unique_id(ike_sa);
	record->flags = flags(ike_sa, child_sa);
	record->reqid = child_sa->get_reqid(child_sa);
	record->mark_in = child_sa->get_mark(child_sa, TRUE).value;
	record->mark_out = child_sa->get_mark(child_sa, FALSE).value;
	record->mark_mask = child_sa->get_mark(child_sa, TRUE).mask;
	/* charon keeps them in network byte order */
	record->spi_in = ntohl(child_sa->get_spi(child_sa, TRUE));
	record->spi_out = ntohl(child_sa->get_spi(child_sa, FALSE));
	record->local_port = look(child_sa->create_ts_enumerator(child_sa, TRUE)).port;
	record->remote_port = look(child_sa->create_ts_enumerator(child_sa, FALSE)).port;
	record->ike_version = ike_sa->get_version(ike_sa) == IKEV1 ? 1 : 2;
	overhead(record, child_sa->get_proposal(child_sa));
	snprintf(record->connection, sizeof(record->connection), "%s",
			 ike_sa->get_name(ike_sa));
	snprintf(record->child, sizeof(record->child), "%s",
			 child_sa->get_name(child_sa));
	identities(record, ike_sa);
	return l2tp_record_host(&record->local, ike_sa->get_my_host(ike_sa)) &&
		   l2tp_record_host(&record->remote, ike_sa->get_other_host(ike_sa));
}
