// SPDX-License-Identifier: GPL-3.0-only
//
// \Device\ConDrv (abi/console/condrv.h): finds the console that a name means and brings requests there.
#pragma once

#include "executive/io/condrv/console.hpp"

namespace io::condrv {

class ConDrv final : public Device {
public:
    ConDrv() : Device(FILE_DEVICE_CONSOLE, 0) {}

    void start(Irp& irp) override;
    void cancel(Irp& irp) override;
    void cleanup(File& file) override;

private:
    friend class EndpointFile;
    struct ProcessOf {
        uint32_t operator()(const Endpoint& endpoint) const { return endpoint.process; }
    };

    void open(Irp& irp);
    Result<bool> prepare(Irp& irp, Endpoint& endpoint, Endpoint* related);
    Result<void> connect(Endpoint& endpoint);
    void disconnect(Endpoint& endpoint);
    void control(Irp& irp, Endpoint& endpoint);
    void control_host(Irp& irp, Endpoint& endpoint);
    Result<void> bind(Irp& irp, Endpoint& endpoint);
    void publish(Irp& irp, Console& console);
    Console* console_of(uint32_t process) const;
    Console* system() const { return system_ && !system_->gone() ? system_.get() : nullptr; }

    // A process has one at most.
    Tree<Endpoint, ConnectionTag, ProcessOf> connections_;
    Ref<Console> system_;
    // References to it that were opened before it was there. Each is held.
    List<Irp, QueueTag> early_;
};

}  // namespace io::condrv
