/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command and the daemon say to each other, and what both promise to scripts: method
 * names, JSON keys, filters, errors, exit codes.  The wire format is varlink's: JSON objects, each
 * ended by a zero byte, over a UNIX stream socket.  No logic.
 *
 * A key is never renamed or given another meaning within one CONTROL_SCHEMA; keys may be added.
 * culvert-json(7) documents them, and a test compares it with the lists here.
 */
#ifndef CULVERT_CONTROL_H
#define CULVERT_CONTROL_H

#define CONTROL_SOCKET    "/run/culvert/control" /* default of control-socket in culvert.conf */
#define CONTROL_INTERFACE "org.culvert.control"
#define CONTROL_SCHEMA    1

#define CONTROL_KICK_RATE_MAX 10000 /* sessions a second */

#define CONTROL_REQUEST_MAX 65536 /* bytes of one request, with its zero byte */

/* Exit codes of the command; culvert(1). */
enum control_exit {
	CONTROL_EXIT_OK = 0,
	CONTROL_EXIT_ERROR = 1,	      /* the daemon refused, or something failed */
	CONTROL_EXIT_USAGE = 2,	      /* the command line is wrong */
	CONTROL_EXIT_NOT_FOUND = 3,   /* no session, tunnel or pool fits */
	CONTROL_EXIT_UNREACHABLE = 4, /* no daemon at the socket, or it does not answer */
	CONTROL_EXIT_DIFFERENT = 5,   /* config diff: the file says something else */
};

/* X(constant, name): methods of CONTROL_INTERFACE */
#define CONTROL_METHOD_LIST(X)                                                                     \
	X(CONTROL_STATUS, "Status")                                                                \
	X(CONTROL_LIST_TUNNELS, "ListTunnels")                                                     \
	X(CONTROL_LIST_SESSIONS, "ListSessions")                                                   \
	X(CONTROL_GET_SESSION, "GetSession")                                                       \
	X(CONTROL_LIST_POOLS, "ListPools")                                                         \
	X(CONTROL_LIST_CLIENTS, "ListClients")                                                     \
	X(CONTROL_CONNECT, "Connect")                                                              \
	X(CONTROL_DISCONNECT, "Disconnect")                                                        \
	X(CONTROL_KICK, "Kick")                                                                    \
	X(CONTROL_DRAIN, "Drain")                                                                  \
	X(CONTROL_UNDRAIN, "Undrain")                                                              \
	X(CONTROL_EVENTS, "Events")                                                                \
	X(CONTROL_GET_CONFIG, "GetConfig")                                                         \
	X(CONTROL_DIFF_CONFIG, "DiffConfig")                                                       \
	X(CONTROL_RELOAD, "Reload")

#define CONTROL_ERROR_NOT_FOUND  CONTROL_INTERFACE ".NotFound"
#define CONTROL_ERROR_PERMISSION CONTROL_INTERFACE ".PermissionDenied" /* group: which may */
#define CONTROL_ERROR_BUSY       CONTROL_INTERFACE ".Busy"             /* too many clients */
#define CONTROL_ERROR_FAILED     CONTROL_INTERFACE ".Failed"           /* message: why */

#define VARLINK_SERVICE               "org.varlink.service"
#define VARLINK_ERROR_INTERFACE       VARLINK_SERVICE ".InterfaceNotFound"
#define VARLINK_ERROR_METHOD          VARLINK_SERVICE ".MethodNotFound"
#define VARLINK_ERROR_NOT_IMPLEMENTED VARLINK_SERVICE ".MethodNotImplemented"
#define VARLINK_ERROR_PARAMETER       VARLINK_SERVICE ".InvalidParameter"
#define VARLINK_ERROR_EXPECTED_MORE   VARLINK_SERVICE ".ExpectedMore"

/*
 * X(key, kind, what it says).  Every key is always there; null where it is not known or does not
 * apply.  Integers are in base units (bytes, seconds), times RFC 3339 in UTC.
 */
#define CONTROL_STATUS_KEYS(X)                                                                     \
	X("version", STRING, "version of the daemon")                                              \
	X("node", STRING, "name of this concentrator, from the configuration")                     \
	X("started", STRING, "when the daemon started")                                            \
	X("uptime", INT, "seconds since then")                                                     \
	X("kernel", STRING, "release of the kernel")                                               \
	X("layout", STRING, "how tunnels use sockets: parked or classic")                          \
	X("generation", INT, "configuration in force; counts reloads")                             \
	X("tunnels", INT, "established tunnels")                                                   \
	X("tunnels_setup", INT, "tunnels that are not established yet")                            \
	X("sessions", INT, "sessions that are up")                                                 \
	X("sessions_setup", INT, "sessions that are not up yet")                                   \
	X("sessions_started", INT, "sessions that came up since the start")                        \
	X("sessions_ended", INT, "sessions that ended after they were up")                         \
	X("auth_accepted", INT, "authentications that succeeded")                                  \
	X("auth_rejected", INT, "authentications that failed")                                     \
	X("drain", STRING, "draining, drained when nobody is left; null: newcomers are taken")     \
	X("drain_since", STRING, "when that began")                                                \
	X("drain_kick_rate", INT, "sessions that are ended a second; 0: none is")                  \
	X("drain_exit", BOOL, "whether the daemon ends when nobody is left")                       \
	X("restarts", INT,                                                                         \
	  "times that the role that speaks L2TP has died and its sessions were taken up")          \
	X("aaa_restarts", INT, "times that the role that knows the users has died")                \
	X("listeners", STRINGS, "address and port, and whether IPsec is required there")           \
	X("ike", STRING, "charon's plugin: connected, absent, or off where nothing needs it")      \
	X("ike_software", STRING, "what charon calls itself")                                      \
	X("ike_sas", INT, "CHILD_SAs for L2TP that charon has told of")                            \
	X("ike_warnings", STRINGS, "what charon has loaded or lacks that does harm")               \
	X("counters", COUNTERS, "what was dropped or refused, by cause")

#define CONTROL_TUNNEL_KEYS(X)                                                                     \
	X("tunnel", INT, "our tunnel id, as in ip l2tp show tunnel")                               \
	X("peer_tunnel", INT, "the peer's tunnel id")                                              \
	X("state", STRING, "one of setup, up and closing")                                         \
	X("control_state", STRING, "state of the control connection (RFC 2661 7.2.1)")             \
	X("peer", STRING, "outer address of the peer")                                             \
	X("peer_port", INT, "its UDP port")                                                        \
	X("local", STRING, "our outer address")                                                    \
	X("local_port", INT, "our UDP port")                                                       \
	X("mark", INT, "packet mark that ties the tunnel to its IPsec SA")                         \
	X("ike_id", STRING, "IKE identity of the peer")                                            \
	X("ike_name", STRING, "its XAuth or EAP name")                                             \
	X("connection", STRING, "name of the connection in charon's configuration")                \
	X("child", INT, "charon's number of the CHILD_SA")                                         \
	X("spi_in", STRING, "SPI of what comes through it, hexadecimal")                           \
	X("spi_out", STRING, "SPI of what goes through it")                                        \
	X("layout", STRING, "one of parked and classic, once the kernel has the tunnel")           \
	X("profile", STRING, "client profile, of a tunnel that we dialed")                         \
	X("client_host", STRING, "Host Name that the peer sent")                                   \
	X("client_vendor", STRING, "Vendor Name that the peer sent")                               \
	X("firmware", INT, "Firmware Revision that the peer sent")                                 \
	X("sessions", INT, "sessions in this tunnel")                                              \
	X("created", STRING, "when the first packet came")                                         \
	X("up_since", STRING, "when it was established")                                           \
	X("uptime", INT, "seconds since then")                                                     \
	X("heard", INT, "seconds since the peer was last heard")                                   \
	X("window", INT, "the peer's receive window, in messages")                                 \
	X("ns", INT, "sequence number of our next message")                                        \
	X("nr", INT, "sequence number that we expect next")                                        \
	X("queued", INT, "messages that wait for an acknowledgement or for room")                  \
	X("retransmits", INT, "messages sent again since the start")

#define CONTROL_SESSION_KEYS(X)                                                                    \
	X("session", INT, "our session id, as in ip l2tp show session")                            \
	X("tunnel", INT, "our tunnel id")                                                          \
	X("peer_session", INT, "the peer's session id")                                            \
	X("peer_tunnel", INT, "the peer's tunnel id")                                              \
	X("state", STRING, "one of setup, up and closing")                                         \
	X("call_state", STRING, "state of the call (RFC 2661 7.4)")                                \
	X("phase", STRING, "phase of the PPP link (RFC 1661 3.2)")                                 \
	X("user", STRING, "user name")                                                             \
	X("group", STRING, "group of the configuration")                                           \
	X("profile", STRING, "client profile, of a session that we dialed")                        \
	X("auth", STRING, "authentication method: pap, chap-md5 or mschapv2")                      \
	X("address", STRING, "IPv4 address of the client")                                         \
	X("local_address", STRING, "our IPv4 address on the link")                                 \
	X("ipv6", STRING, "IPv6 link-local address of the client")                                 \
	X("dns", STRINGS, "name servers given to the client")                                      \
	X("nbns", STRINGS, "NetBIOS name servers given to the client")                             \
	X("interface", STRING, "name of the PPP interface")                                        \
	X("ifindex", INT, "its index")                                                             \
	X("mru", INT, "largest packet that the client takes")                                      \
	X("mtu", INT, "MTU of the interface")                                                      \
	X("peer", STRING, "outer address of the client")                                           \
	X("peer_port", INT, "its UDP port")                                                        \
	X("local", STRING, "our outer address")                                                    \
	X("local_port", INT, "our UDP port")                                                       \
	X("mark", INT, "packet mark that ties the tunnel to its IPsec SA")                         \
	X("ike_id", STRING, "IKE identity of the peer")                                            \
	X("ike_name", STRING, "its XAuth or EAP name")                                             \
	X("connection", STRING, "name of the connection in charon's configuration")                \
	X("child", INT, "charon's number of the CHILD_SA")                                         \
	X("spi_in", STRING, "SPI of what comes through it, hexadecimal")                           \
	X("spi_out", STRING, "SPI of what goes through it")                                        \
	X("layout", STRING, "one of parked and classic")                                           \
	X("client_host", STRING, "Host Name that the client sent")                                 \
	X("client_vendor", STRING, "Vendor Name that the client sent")                             \
	X("identification", STRING, "LCP Identification that the client sent")                     \
	X("calling", STRING, "Calling Number that the client sent")                                \
	X("created", STRING, "when the call came")                                                 \
	X("up_since", STRING, "when the session came up")                                          \
	X("uptime", INT, "seconds since then")                                                     \
	X("rx_packets", INT, "packets from the client")                                            \
	X("rx_bytes", INT, "bytes from the client, payload only")                                  \
	X("tx_packets", INT, "packets to the client")                                              \
	X("tx_bytes", INT, "bytes to the client, payload only")

#define CONTROL_POOL_KEYS(X)                                                                       \
	X("pool", STRING, "name of the pool")                                                      \
	X("first", STRING, "first address")                                                        \
	X("last", STRING, "last address")                                                          \
	X("size", INT, "addresses in the pool")                                                    \
	X("used", INT, "addresses in use")                                                         \
	X("free", INT, "addresses left")

#define CONTROL_CLIENT_KEYS(X)                                                                     \
	X("client", STRING, "name of the profile")                                                 \
	X("state", STRING, "one of idle, ike, opening, tunnel, call, ppp, up, closing, waiting")   \
	X("gateway", STRING, "name or address, from the configuration")                            \
	X("user", STRING, "user name, from the configuration")                                     \
	X("ipsec", STRING, "one of require and off")                                               \
	X("peer", STRING, "outer address of the gateway")                                          \
	X("peer_port", INT, "its UDP port")                                                        \
	X("local", STRING, "our outer address")                                                    \
	X("local_port", INT, "our UDP port")                                                       \
	X("tunnel", INT, "our tunnel id")                                                          \
	X("session", INT, "our session id")                                                        \
	X("interface", STRING, "name of the PPP interface")                                        \
	X("address", STRING, "IPv4 address that we were given")                                    \
	X("peer_address", STRING, "IPv4 address of the gateway on the link")                       \
	X("dns", STRINGS, "name servers that we were given")                                       \
	X("up_since", STRING, "when the session came up")                                          \
	X("uptime", INT, "seconds since then")                                                     \
	X("failures", INT, "attempts in a row that failed")                                        \
	X("retry", INT, "seconds until the next attempt")                                          \
	X("reason", STRING, "why it is not up")

#define CONTROL_EVENT_KEYS(X)                                                                      \
	X("seq", INT, "number of the event since the start")                                       \
	X("time", STRING, "when it happened, with microseconds")                                   \
	X("event", STRING, "name of the event")                                                    \
	X("tunnel", INT, "our tunnel id")                                                          \
	X("session", INT, "our session id")                                                        \
	X("peer", STRING, "outer address of the peer")                                             \
	X("mark", INT, "packet mark of its IPsec SA")                                              \
	X("ike_id", STRING, "IKE identity of the peer")                                            \
	X("user", STRING, "user name")                                                             \
	X("group", STRING, "group of the configuration")                                           \
	X("interface", STRING, "name of the PPP interface")                                        \
	X("address", STRING, "IPv4 address of the client")                                         \
	X("reason", STRING, "why, in one word")                                                    \
	X("detail", STRING, "why, in words")                                                       \
	X("duration", INT, "seconds that the session was up")                                      \
	X("rx_bytes", INT, "bytes from the client, payload only")                                  \
	X("tx_bytes", INT, "bytes to the client, payload only")

#define CONTROL_RELOAD_KEYS(X)                                                                     \
	X("generation", INT, "configuration in force; counts reloads")                             \
	X("changes", CHANGES, "what is different, in the order of the file")                       \
	X("applied", INT, "changes that need no restart")                                          \
	X("restart", INT, "changes that count at the next start alone")                            \
	X("users", INT, "users in the users file, where it was read")                              \
	X("confirm", INT, "seconds until it is taken back unless it is confirmed")

#define CONTROL_CHANGE_KEYS(X)                                                                     \
	X("key", STRING, "block and key, as group staff / dns, or a block")                        \
	X("change", STRING, "one of changed, added and removed")                                   \
	X("old", STRING, "value in force, of a key; never a secret")                               \
	X("new", STRING, "value in the file, likewise")                                            \
	X("applies", STRING, "one of now, new (sessions), connect (the next time) and start")      \
	X("reason", STRING, "why then")

/* X(key, kind, what is compared): all that are given must fit */
#define CONTROL_FILTER_KEYS(X)                                                                     \
	X("user", STRING, "user name")                                                             \
	X("ip", STRING, "IPv4 address of the client")                                              \
	X("peer", STRING, "outer address of the client")                                           \
	X("group", STRING, "group of the configuration")                                           \
	X("state", STRING, "one of setup, up and closing")                                         \
	X("interface", STRING, "name of the PPP interface")                                        \
	X("client", STRING, "Host Name that the client sent")                                      \
	X("tunnel", INT, "our tunnel id")                                                          \
	X("session", INT, "our session id")

#endif
