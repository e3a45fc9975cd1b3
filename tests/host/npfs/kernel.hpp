// SPDX-License-Identifier: GPL-3.0-only
//
// A kernel for one driver and one thread: requests are dispatched at once, and a test says when a timer runs
// out and when a request is cancelled. So it can be cancelled at each point at which the driver looks: the
// cancel routine, taken there as another processor would take it, runs when the driver lets go of its lock.
#pragma once

#include <gtest/gtest.h>
#include <ntifs.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace test {

// A request, and what came of it.
class Request {
public:
    Request(UCHAR major, struct PipeFile& file, size_t input = 0, size_t output = 0);
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
    ~Request();

    IRP irp{};
    HOST_STACK_LOCATION stack{};
    ACCESS_STATE access{};
    IO_SECURITY_CONTEXT context{};
    std::vector<UCHAR> buffer;  // the system's: input, and what of the output is
    std::vector<UCHAR> input;   // METHOD_NEITHER
    std::vector<UCHAR> answer;  // METHOD_NEITHER
    UNICODE_STRING pattern{};
    unsigned completions = 0;

    // Dispatches it: what the routine returned.
    NTSTATUS send();
    bool done() const { return completions == 1; }
    // STATUS_PENDING as long as it is not.
    NTSTATUS status() const { return done() ? irp.IoStatus.Status : STATUS_PENDING; }
    ULONG_PTR information() const { return irp.IoStatus.Information; }
    // As IoCancelIrp.
    void cancel();
};

struct PipeFile {
    explicit PipeFile(std::u16string path = {}, PipeFile* related = nullptr);
    PipeFile(const PipeFile&) = delete;
    PipeFile& operator=(const PipeFile&) = delete;
    // Cleanup and close, of one that is open.
    ~PipeFile();
    void close();

    FILE_OBJECT object{};
    std::u16string name;
    bool open = false;
};

// The driver's dispatch routine.
NTSTATUS dispatch(Request& request);

// Cancels `request` at the `point`th place from now on at which the driver says or asks how that one is
// cancelled. Whether it came to so many.
void cancel_at(Request& request, unsigned point);
bool cancel_was_reached();
void cancel_nowhere();

// Who asks, and as whom access is checked.
inline constexpr ULONG kProcess = 44;
extern ULONG asking_process;
// What SeAccessCheck says, and was asked for.
extern NTSTATUS access_answer;
extern ACCESS_MASK access_asked;
// The opener that a thread was made to act as; null: it was not.
extern PFILE_OBJECT impersonated;

// Allocations of the driver's that there are, and how many more succeed.
extern size_t allocations;
extern size_t allocations_left;
// Runs the routine of a timer that is set; false: none is.
bool fire_timer();

}  // namespace test
