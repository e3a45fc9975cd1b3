// SPDX-License-Identifier: GPL-3.0-only
//
// How an IRP's data reaches a driver host and comes back: inside the ring when it fits, else through a window
// in the host's address space onto the client's own frames, which stay pinned as long as the lease lasts. In
// the place of pages that the buffer fills only in part the host has pages of its own: what it wrote to those
// of an output is moved when it has completed the request.
#include <algorithm>
#include <utility>

#include "base/bits.hpp"
#include "executive/io/host_channel.hpp"
#include "executive/io/pinning.hpp"

namespace io {

namespace {

// Mostly one follows the other: the last is kept.
[[clang::no_destroy]] constinit Own<Windows> spare{};

// Whether the two buffers of a request are one for the driver (METHOD_BUFFERED and everything that has only
// one of them).
bool share_one_buffer(const Irp& irp) {
    return !irp.is_control() || METHOD_FROM_CTL_CODE(irp.parameters.control.code) == METHOD_BUFFERED;
}

// Where the input begins in Inline: behind the name of a file that is opened.
size_t inline_input(const Irp& irp) {
    return irp.opens_file() ? align_up(irp.text().size() * sizeof(char16_t), 16) : 0;
}

bool input_fits(const Irp& irp) {
    return inline_input(irp) + irp.input.length <= WDM_INLINE_SIZE;
}

// Where the output begins in Inline, if it fits.
size_t inline_output(const Irp& irp) {
    return share_one_buffer(irp) || irp.input.length > WDM_INLINE_SIZE ? 0 : align_up(irp.input.length, 16);
}

bool output_fits(const Irp& irp) {
    return inline_output(irp) + irp.output.length <= WDM_INLINE_SIZE &&
           (!share_one_buffer(irp) || irp.input.length <= WDM_INLINE_SIZE);
}

// What stands in a buffer of its own before the driver writes: the client's bytes, as where NT maps his
// pages.
Result<void> read_output(const Irp& irp, std::span<uint8_t> into) {
    if (irp.output.place == IrpBuffer::Place::Client)
        return irp.client().memory().copy_in(into.data(), irp.output.address, into.size());
    std::copy_n(irp.output.data, into.size(), into.begin());
    return {};
}

// How much of its output window a host may have written that has completed a request; it is the driver's to
// say where it gave it what it liked. `claim`: what the host says.
size_t written(const Irp& irp, NTSTATUS status, uint64_t information, uint64_t claim) {
    uint64_t most = irp.output.length;
    if (irp.major != Major::Read && share_one_buffer(irp)) most = NT_ERROR(status) ? 0 : information;
    return std::min({claim, most, uint64_t{irp.output.length}});
}

// Which window the driver may get an MDL for: of a control by one of the direct methods the output, of
// everything else the only one. Null when it has none.
const IrpBuffer* described(const Irp& irp, const Windows& windows) {
    if (windows.output.base != 0) {
        bool direct = !irp.is_control() ||
                      METHOD_FROM_CTL_CODE(irp.parameters.control.code) == METHOD_IN_DIRECT ||
                      METHOD_FROM_CTL_CODE(irp.parameters.control.code) == METHOD_OUT_DIRECT;
        return direct ? &irp.output : nullptr;
    }
    // In the ring a name stands there that comes with the opening.
    bool only_input = irp.output.length == 0 && !irp.is_control() && !irp.opens_file();
    return only_input ? &irp.input : nullptr;
}

// A client must be allowed to write where the answer will go, or to read what the driver is to read there,
// before the driver does anything.
Result<void> probe_output(const Irp& irp) {
    if (irp.output.place != IrpBuffer::Place::Client || irp.output.length == 0) return {};
    ke::Access access = output_is_read(irp) ? ke::Access::Read : ke::Access::Write;
    return irp.client().memory().probe(irp.output.address, irp.output.length, access);
}

}  // namespace

Device::Windows HostChannel::windows(const Irp& irp) {
    static_assert(Irp::kShort + 15 <= WDM_INLINE_SIZE);
    return {irp.input.length > 0 && !input_fits(irp), irp.output.length > 0 && !output_fits(irp)};
}

Result<void> HostChannel::fill_name(Irp& irp, WDM_REQUEST& request) {
    std::u16string_view text = irp.text();
    size_t bytes = text.size() * sizeof(char16_t);
    if (bytes > WDM_INLINE_SIZE) return fail(STATUS_NAME_TOO_LONG);
    __builtin_memcpy(request.Inline, text.data(), bytes);
    static_assert(offsetof(WDM_REQUEST, Parameters.Create.NameLength) ==
                  offsetof(WDM_REQUEST, Parameters.Directory.NameLength));
    request.Parameters.Create.NameLength = static_cast<ULONG>(bytes);
    return {};
}

Result<void> HostChannel::fill_buffers(Irp& irp, WDM_REQUEST& request) {
    size_t input = irp.input.length;
    size_t output = irp.output.length;
    if (input + output == 0) return {};
    DataLease& lease = irp.at_host;
    request.InputLength = static_cast<ULONG>(input);
    request.OutputLength = static_cast<ULONG>(output);
    if (input > 0 && !input_fits(irp)) {
        request.InputAddress = TRY(open_window(irp, irp.input, &Windows::input, PAGE_READONLY));
    } else if (input > 0) {
        size_t input_at = inline_input(irp);
        TRY(irp.read_input(0, {request.Inline + input_at, input}));
        request.InputAddress = input_at;
    }
    if (output == 0) {
        if (lease.windows) fill_page_numbers(irp, request);
        return {};
    }
    lease.output_inline = output_fits(irp);
    if (lease.output_inline) {
        size_t output_at = inline_output(irp);
        TRY(probe_output(irp));
        if (!share_one_buffer(irp)) TRY(read_output(irp, {request.Inline + output_at, output}));
        request.OutputAddress = output_at;
    } else {
        bool writable = irp.output.pages && irp.output.pages->access() == ke::Access::Write;
        request.OutputAddress =
            TRY(open_window(irp, irp.output, &Windows::output, writable ? PAGE_READWRITE : PAGE_READONLY));
    }
    if (lease.windows) fill_page_numbers(irp, request);
    return {};
}

// The numbers of a window's pages, behind the input that came in the ring, where they have room.
void HostChannel::fill_page_numbers(const Irp& irp, WDM_REQUEST& request) {
    const Windows& windows = *irp.at_host.windows;
    const IrpBuffer* buffer = described(irp, windows);
    if (!buffer) return;
    const Window& window = buffer == &irp.output ? windows.output : windows.input;
    const mm::PinnedPages& pages = *buffer->pages;
    size_t at = windows.input.base == 0 ? align_up(irp.input.length, 16) : 0;
    if (pages.pages() > (WDM_INLINE_SIZE - at) / sizeof(ULONG)) return;
    auto* numbers = reinterpret_cast<ULONG*>(request.Inline + at);
    for (uint64_t page = 0; page < pages.pages(); ++page) {
        mm::FrameNumber edge = window.edges.at(pages, page);
        mm::FrameNumber frame = edge != mm::kNoFrame ? edge : pages.frame(page);
        if (frame & mm::kBootFrame) return;  // those are asked of the kernel, one by one
        numbers[page] = static_cast<ULONG>(mm::physical_address(frame) / mm::kPageSize);
    }
    request.PageNumbers = static_cast<ULONG>(pages.pages());
}

// Only what a client has pinned, or a copy of the Executive's own bytes: its memory is no driver's to see.
Result<uint64_t> HostChannel::open_window(Irp& irp, const IrpBuffer& buffer, Window Windows::* side,
                                          uint32_t protection) {
    if (!buffer.pages) return fail(STATUS_INVALID_BUFFER_SIZE);
    if (!irp.at_host.windows) irp.at_host.windows = spare ? std::move(spare) : TRY(make_own<Windows>());
    Window& window = irp.at_host.windows.get()->*side;
    ++window_work_;
    uint64_t pages = buffer.pages->pages();
    if (!irp.paging_io && shown_pages_ + pages > most_shown_) return fail(STATUS_INSUFFICIENT_RESOURCES);
    window.pages = pages;
    shown_pages_ += pages;
    TRY(window.edges.make(*buffer.pages));
    window.base = TRY(process_->space().map_pinned(*buffer.pages, window.edges, protection));
    return window.base + buffer.pages->offset();
}

void HostChannel::close_windows(DataLease& lease) {
    Own<Windows> windows = std::move(lease.windows);
    for (Window* window : {&windows->input, &windows->output}) {
        window->edges.drop();
        shown_pages_ -= std::exchange(window->pages, 0);
        if (window->base == 0) continue;
        ++window_work_;
        if (process_ && !process_->terminating()) process_->space().unmap_pinned(window->base);
        window->base = 0;
    }
    spare = std::move(windows);
}

NTSTATUS HostChannel::take_output(Irp& irp, const WDM_COMPLETION& completion, NTSTATUS status,
                                  uint64_t information) {
    if (!irp.reachable()) return status;
    uint64_t claim = __atomic_load_n(&completion.Written, __ATOMIC_RELAXED);
    if (!irp.at_host.output_inline) {
        if (irp.output.pages->access() != ke::Access::Write) return status;
        const mm::PinnedPages& pages = *irp.output.pages;
        size_t length = written(irp, status, information, claim);
        irp.at_host.windows->output.edges.bring_home(pages, length);
        if (irp.output.place == IrpBuffer::Place::Executive) pages.copy_out(0, {irp.output.data, length});
        return status;
    }
    size_t length = std::min({claim, information, uint64_t{irp.output.length}});
    if (length == 0 || NT_ERROR(status)) return status;
    auto answered = irp.write_output(0, {completion.Inline, length});
    return answered || output_is_read(irp) ? status : answered.error();
}

}  // namespace io
