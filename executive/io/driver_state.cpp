// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/driver_state.hpp"

#include "executive/io/host_channel.hpp"

namespace io {

namespace {

bool contains(const Vector<uint32_t>& codes, uint32_t code) {
    for (uint32_t one : codes)
        if (one == code) return true;
    return false;
}

}  // namespace

ControlKind DriverControls::kind_of(const Irp& irp) const {
    if (!irp.is_control()) return ControlKind::None;
    uint32_t code = irp.parameters.control.code;
    if (contains(file_state, code)) return ControlKind::FileState;
    if (contains(device_state, code)) return ControlKind::DeviceState;
    if (all_stateless || contains(stateless, code)) return ControlKind::None;
    bool query = irp.input.length == 0 && irp.output.length > 0;
    return query ? ControlKind::None : ControlKind::Unknown;
}

bool DriverControls::names(const Irp& irp) const {
    if (!irp.is_control()) return false;
    uint32_t code = irp.parameters.control.code;
    return all_stateless || contains(stateless, code) || contains(file_state, code) ||
           contains(device_state, code);
}

Own<ControlRecord> ControlRecord::create(const Irp& irp, std::span<const uint8_t> input) {
    Device::Windows windows = HostChannel::windows(irp);
    if (windows.input || windows.output) return {};
    bool output_is_input = METHOD_FROM_CTL_CODE(irp.parameters.control.code) == METHOD_IN_DIRECT;
    if (output_is_input && irp.output.length > 0) return {};
    auto record = make_own<ControlRecord>(irp);
    if (!record || !(*record)->input_.append(input)) return {};
    return std::move(*record);
}

Result<Ref<Irp>> ControlRecord::request_again(File& file, std::span<uint8_t> output) {
    Ref<Irp> irp = TRY(Irp::create(name.major, file, nullptr));
    irp->parameters.control.code = name.code;
    irp->input = IrpBuffer::executive(input_.span());
    irp->output = IrpBuffer::executive(output.first(output_length_));
    return irp;
}

bool ControlRecords::add(Own<ControlRecord> record) {
    forget(record->name);
    size_t cost = record->cost();
    if (size() == kMost || cost > kMostBytes - bytes_ || !records_.push_back(std::move(record))) return false;
    bytes_ += cost;
    return true;
}

void ControlRecords::forget(const ControlName& name) {
    for (size_t i = 0; i < records_.size(); ++i) {
        if (records_[i]->name != name) continue;
        bytes_ -= records_[i]->cost();
        return records_.remove(i);
    }
}

void ControlRecords::cut(size_t count) {
    while (records_.size() > count) {
        bytes_ -= records_.back()->cost();
        records_.pop_back();
    }
}

}  // namespace io
