// SPDX-License-Identifier: GPL-3.0-only
//
// Which sockets have which ports. A port has at most kMostOfAPort sockets (SO_REUSEADDR); who looks for the
// receiver of something looks through those.
#pragma once

#include "executive/io/afd/socket.hpp"

namespace io::afd {

inline constexpr unsigned kMostOfAPort = 64;
inline constexpr uint16_t kFirstEphemeral = 49152;

// STATUS_SHARING_VIOLATION (WSAEADDRINUSE), STATUS_ACCESS_DENIED (WSAEACCES), STATUS_TOO_MANY_ADDRESSES.
Result<void> add_bound(Socket& socket, const Address& address);
void remove_bound(Socket& socket);
// The listener, or the receiver of a datagram: one that is bound to this very address before one that is
// bound to any.
Socket* find_bound(uint32_t protocol, const Address& to, const Address& from);

}  // namespace io::afd
