// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

socklen_t addr_to_sockaddr(const struct endpoint *ep, union sockaddr_any *ret)
{
	memset(ret, 0, sizeof(*ret));
	switch (ep->family) {
	case ENDPOINT_IPV4:
		ret->in.sin_family = AF_INET;
		ret->in.sin_port = htons(ep->port);
		memcpy(&ret->in.sin_addr, ep->addr, 4);
		return sizeof(ret->in);
	case ENDPOINT_IPV6:
		ret->in6.sin6_family = AF_INET6;
		ret->in6.sin6_port = htons(ep->port);
		ret->in6.sin6_scope_id = ep->scope;
		memcpy(&ret->in6.sin6_addr, ep->addr, 16);
		return sizeof(ret->in6);
	}
	return 0;
}

struct endpoint addr_from_sockaddr(const union sockaddr_any *sa)
{
	struct endpoint ep = { 0 };

	if (sa->sa.sa_family == AF_INET) {
		ep.family = ENDPOINT_IPV4;
		ep.port = ntohs(sa->in.sin_port);
		memcpy(ep.addr, &sa->in.sin_addr, 4);
	} else if (sa->sa.sa_family == AF_INET6) {
		ep.family = ENDPOINT_IPV6;
		ep.port = ntohs(sa->in6.sin6_port);
		memcpy(ep.addr, &sa->in6.sin6_addr, 16);
		if (IN6_IS_ADDR_LINKLOCAL(&sa->in6.sin6_addr))
			ep.scope = sa->in6.sin6_scope_id;
	}
	return ep;
}

char *addr_text(const struct endpoint *ep, char buf[ADDR_TEXT_MAX])
{
	char host[INET6_ADDRSTRLEN] = "none";
	char scope[12] = "";
	char port[8] = "";
	bool v6 = ep->family == ENDPOINT_IPV6;

	if (ep->family == ENDPOINT_IPV4 || v6)
		inet_ntop(v6 ? AF_INET6 : AF_INET, ep->addr, host, sizeof(host));
	if (ep->scope)
		snprintf(scope, sizeof(scope), "%%%u", ep->scope);
	if (ep->port)
		snprintf(port, sizeof(port), ":%u", ep->port);
	if (v6 && ep->port)
		snprintf(buf, ADDR_TEXT_MAX, "[%s%s]%s", host, scope, port);
	else
		snprintf(buf, ADDR_TEXT_MAX, "%s%s%s", host, scope, port);
	return buf;
}

char *addr_text4(uint32_t address, char buf[ADDR_TEXT_MAX])
{
	struct in_addr in = { .s_addr = htonl(address) };

	inet_ntop(AF_INET, &in, buf, ADDR_TEXT_MAX);
	return buf;
}
