// SPDX-License-Identifier: GPL-3.0-only
//
// What lies beneath sockets and carries their bytes to other sockets. It is asked by the address of the other
// side. The streams of a connection are the sockets' and the transport's alike: who has put bytes into one,
// or has taken some, calls settle(). A transport of a driver's maps the frames of the rings, and says what
// has become of a connection by Socket::connected(), offer(), deliver() and Stream::abort().
#pragma once

#include "executive/io/afd/socket.hpp"

namespace io::afd {

class Transport {
public:
    // May a socket be bound to this address?
    virtual bool has(const Address& address) const = 0;
    // Its own address where packets for this one leave.
    virtual Address source_for(const Address& to) const = 0;
    // The socket is bound. Success: it is connected, or will be told. STATUS_CONNECTION_REFUSED,
    // STATUS_QUOTA_EXCEEDED, or what memory lacks.
    virtual Result<void> connect(Socket& socket, ke::Client& client, const Address& to) = 0;
    // STATUS_PORT_UNREACHABLE. What the receiver has no room for is lost, and a success.
    virtual Result<void> send(Socket& socket, const Address& to, Vector<uint8_t> bytes) = 0;

    // Which reaches an address, or null.
    static Transport* to(const Address& address);

protected:
    ~Transport() = default;
};

}  // namespace io::afd
