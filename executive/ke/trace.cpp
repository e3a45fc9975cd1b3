// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/trace.hpp"

#include "base/format.hpp"
#include "base/string.hpp"
#include "executive/hal/serial.hpp"
#include "executive/ke/reports.hpp"

namespace ke {

namespace {

constexpr unsigned kPrograms = 8;
constexpr size_t kNameUnits = 32;

struct Program {
    char16_t name[kNameUnits];
    size_t length;
    std::u16string_view view() const { return {name, length}; }
};
constinit Program programs[kPrograms] = {};

// A line of the trace; what does not fit is cut.
class Line {
public:
    template <typename... Args>
    void add(std::string_view pattern, const Args&... args) {
        used_ += format(std::span(text_).subspan(used_), pattern, args...).size();
    }
    ~Line() {
        if (used_ == sizeof text_) --used_;
        text_[used_++] = '\n';
        Reports::instance().finish_line();
        hal::serial_write({text_, used_});
    }

private:
    char text_[600];
    size_t used_ = 0;
};

void add_string(Line& line, Call& call, uint64_t address) {
    Result<String> text = call.capture_string(UserIn<UNICODE_STRING>(address));
    if (text) {
        line.add("\"{}\"", text->view());
    } else {
        line.add("{x}", address);
    }
}

void add_argument(Line& line, Call& call, const TraceArgument& argument, uint64_t value) {
    line.add("{}=", argument.name);
    bool readable = value != 0 && argument.direction != TraceDirection::Out;
    if (readable && argument.kind == TraceKind::String) return add_string(line, call, value);
    if (readable && argument.kind == TraceKind::ObjectAttributes) {
        Result<Call::Attributes> attributes = call.capture_attributes(UserIn<OBJECT_ATTRIBUTES>(value));
        if (attributes)
            return line.add("[{x}]\"{}\"", reinterpret_cast<uint64_t>(attributes->root),
                            attributes->name.view());
    }
    if (readable && argument.pointer && argument.kind == TraceKind::Quad) {
        if (Result<int64_t> quad = call.read(UserIn<int64_t>(value))) return line.add("*{}", *quad);
    }
    if (readable && argument.pointer && argument.kind == TraceKind::Word) {
        if (Result<uint64_t> word = call.read(UserIn<uint64_t>(value))) return line.add("*{x}", *word);
    }
    if (readable && argument.pointer && argument.kind == TraceKind::Long) {
        if (Result<uint32_t> number = call.read(UserIn<uint32_t>(value))) return line.add("*{x}", *number);
    }
    line.add("{x}", value);
}

}  // namespace

void trace_call(Thread& thread, const Service& service, const Words& words) {
    Line line;
    line.add("trace: {} {}(", thread.client().image_name(), service.name);
    for (unsigned i = 0; i < service.argument_count; ++i) {
        if (i > 0) line.add(", ");
        add_argument(line, thread.call(), service.trace[i], i < 4 ? words.first[i] : words.rest[i - 4]);
    }
    line.add(")");
}

void trace_return(Thread& thread, const Service& service, NTSTATUS status) {
    Line line;
    line.add("trace: {} {} = {s}", thread.client().image_name(), service.name, static_cast<uint32_t>(status));
}

void set_traced_program(std::u16string_view image_name, bool on) {
    Program* free = nullptr;
    unusual_calls &= ~kTracing;
    for (Program& program : programs) {
        if (image_name.empty() || equal_ignore_case(program.view(), image_name)) program.length = 0;
        if (!program.length) free = &program;
    }
    if (on && free && !image_name.empty()) {
        free->length = image_name.copy(free->name, kNameUnits);
    }
    for (const Program& program : programs)
        if (program.length > 0) unusual_calls |= kTracing;
}

bool is_traced_program(std::u16string_view image_name) {
    for (const Program& program : programs)
        if (program.length && equal_ignore_case(program.view(), image_name)) return true;
    return false;
}

}  // namespace ke
