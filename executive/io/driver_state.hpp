// SPDX-License-Identifier: GPL-3.0-only
//
// The state that clients have given a driver by IOCTLs and FSCTLs ("controls"), so that the process that
// follows when the driver's dies can be given it again (docs/decisions/0012).
//
// A driver's service key says what its controls leave behind. Of those that set state the Executive keeps
// the last input that succeeded, with what it takes to send it again. Where that cannot be done, because no
// key names a control or its input is too long, the state is lost with the driver, and the file says so.
#pragma once

#include <span>

#include "base/vector.hpp"
#include "executive/io/irp.hpp"

namespace io {

// What a control leaves behind in its driver.
enum class ControlKind : uint8_t {
    None,         // nothing: a query, or no control at all
    FileState,    // the state of its file, by its last input
    DeviceState,  // the state of its device
    Unknown,      // nobody knows
};

class DriverControls final : public RefCounted {
public:
    // Codes in each list.
    static constexpr size_t kMostCodes = 32;
    Vector<uint32_t> file_state;
    Vector<uint32_t> device_state;
    Vector<uint32_t> stateless;
    bool all_stateless = false;
    // Its files are gone with the process that they were opened at, as pipes are: each of them answers this
    // from then on. STATUS_SUCCESS: they are opened again.
    NTSTATUS files_end = STATUS_SUCCESS;

    // One that is not named, takes no input and gives output is a query.
    ControlKind kind_of(const Irp& irp) const;
    // It is named: doing it twice is as good as once.
    bool names(const Irp& irp) const;
};

struct ControlName {
    explicit ControlName(const Irp& irp) : major(irp.major), code(irp.parameters.control.code) {}
    bool operator==(const ControlName&) const = default;
    Major major;
    uint32_t code;
};

// A control that is under way or has succeeded.
class ControlRecord {
public:
    // `input` is what the driver is given. Null when it cannot be sent again: it does not fit into an entry
    // of the ring, takes more than input (METHOD_IN_DIRECT), or there is no memory for it.
    static Own<ControlRecord> create(const Irp& irp, std::span<const uint8_t> input);
    explicit ControlRecord(const Irp& irp) : name(irp), output_length_(irp.output.length) {}

    const ControlName name;
    size_t cost() const { return sizeof *this + input_.size(); }
    // The same control for a file. The record lives until it is lent to the driver, `output`, of
    // WDM_INLINE_SIZE bytes, until it is done.
    Result<Ref<Irp>> request_again(File& file, std::span<uint8_t> output);

    // Driver processes that died of their own fault while they did it again.
    unsigned deaths = 0;

private:
    size_t output_length_;
    Vector<uint8_t> input_;
};

// The last of each control, in the order of their success.
class ControlRecords {
public:
    static constexpr size_t kMost = 32;
    // The cost of all.
    static constexpr size_t kMostBytes = 4096;

    size_t size() const { return records_.size(); }
    ControlRecord& operator[](size_t index) { return *records_[index]; }
    // False: there is no room for it. One of the same control is forgotten in any case.
    bool add(Own<ControlRecord> record);
    void forget(const ControlName& name);
    // Leaves the first `count`.
    void cut(size_t count);

private:
    Vector<Own<ControlRecord>> records_;
    size_t bytes_ = 0;
};

}  // namespace io
