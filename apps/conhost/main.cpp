// SPDX-License-Identifier: GPL-3.0-only
//
// conhost.exe: the host of one console (docs/decisions/0016).
//
//   conhost.exe [--screen | --channel] [--codepage N]   the system's console: on the screen with the keyboard
//   and on the serial line, or at the terminal behind the channel of `./neptune exec`
//   conhost.exe --server 0xH                 one that a program has made (AllocConsole): H is its server,
//   inherited
//
// The system's console goes on for ever; another one ends with its last process, and, when it has had none
// yet, with the program that has made it.
#include "apps/conhost/console.hpp"
#include "apps/conhost/screen.hpp"

namespace {

using app::View;

constexpr unsigned kMessagesBetweenLooks = 16;

struct Arguments {
    bool channel = false;
    bool screen = false;
    HANDLE server = nullptr;
    ULONG code_page = conhost::kUtf8;
};

ULONG64 number_of(View word) {
    const bool hexadecimal = word.starts_with(u"0x");
    ULONG64 value = 0;
    for (SIZE_T i = hexadecimal ? 2 : 0; i < word.size; ++i) {
        const WCHAR c = app::upper(word[i]);
        const unsigned digit = c <= u'9' ? c - u'0' : c - u'A' + 10u;
        value = value * (hexadecimal ? 16 : 10) + digit;
    }
    return value;
}

Arguments parse(View line) {
    Arguments arguments;
    View name;
    while (!line.empty()) {
        const View word = line.first(line.find(u' '));
        line = line.from(word.size + 1).trimmed();
        if (word.equals(u"--channel")) arguments.channel = true;
        if (word.equals(u"--screen")) arguments.screen = true;
        if (name.equals(u"--server")) arguments.server = reinterpret_cast<HANDLE>(number_of(word));
        if (name.equals(u"--codepage")) arguments.code_page = static_cast<ULONG>(number_of(word));
        name = word;
    }
    return arguments;
}

// Whoever has made a console that is not the system's.
class Maker {
public:
    void find() {
        PROCESS_BASIC_INFORMATION basic = {};
        NtQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation, &basic, sizeof basic, nullptr);
        OBJECT_ATTRIBUTES attributes = {};
        attributes.Length = sizeof attributes;
        CLIENT_ID client = {reinterpret_cast<HANDLE>(basic.InheritedFromUniqueProcessId), nullptr};
        // One that may not be opened is taken to be there.
        gone_ = NtOpenProcess(process_.receive(), SYNCHRONIZE, &attributes, &client) == STATUS_INVALID_CID;
    }
    // What to wait for; null: nothing will tell.
    HANDLE event() const { return gone_ ? nullptr : process_.get(); }
    bool gone() const { return gone_; }
    void ended() { gone_ = true; }

private:
    app::Handle process_;
    bool gone_ = false;
};

// Until there is a message: shows what has changed, and takes what is typed. STATUS_PENDING: there is none,
// but the maker has ended.
NTSTATUS wait_for_message(conhost::Server& server, conhost::Console& console, conhost::FrontEnd& front_end,
                          Maker& maker) {
    for (;;) {
        console.flush();
        HANDLE handles[2 + conhost::FrontEnd::kMostEvents] = {server.event()};
        const unsigned of_others = 1 + front_end.events(handles + 1);
        const unsigned count = of_others + (maker.event() ? 1 : 0);
        handles[of_others] = maker.event();
        LARGE_INTEGER pause;
        pause.QuadPart = front_end.patience();
        const NTSTATUS status =
            NtWaitForMultipleObjects(count, handles, WaitAny, FALSE, pause.QuadPart ? &pause : nullptr);
        if (status == STATUS_WAIT_0) return server.asked();
        if (maker.event() && status == static_cast<NTSTATUS>(of_others)) {
            maker.ended();
            return STATUS_PENDING;
        }
        if (status == STATUS_TIMEOUT)
            front_end.pause();
        else if (NT_SUCCESS(status))
            front_end.take(static_cast<unsigned>(status) - 1);
    }
}

// Takes what is typed while message follows message.
void look(conhost::FrontEnd& front_end) {
    HANDLE handles[conhost::FrontEnd::kMostEvents];
    const unsigned count = front_end.events(handles);
    LARGE_INTEGER now = {};
    if (!count) return;
    const NTSTATUS status = NtWaitForMultipleObjects(count, handles, WaitAny, FALSE, &now);
    if (NT_SUCCESS(status) && status < static_cast<NTSTATUS>(count))
        front_end.take(static_cast<unsigned>(status));
}

// A part of what is written, and whoever types is heard meanwhile.
void write_on(conhost::Console& console, conhost::FrontEnd& front_end) {
    console.write_on();
    console.flush();
    look(front_end);
}

// Too large for a stack, and there as long as the process.
template <typename T, typename... Values>
T& make(Values&... values) {
    void* memory = RtlAllocateHeap(RtlProcessHeap(), 0, sizeof(T));
    if (!memory) RtlRaiseStatus(STATUS_NO_MEMORY);
    return *::new (memory) T(values...);
}

// Of the system's console, where smss has made it.
conhost::Kept* open_kept() {
    app::Attributes attributes(conhost::kKeptName);
    app::Handle section;
    PVOID view = nullptr;
    SIZE_T size = sizeof(conhost::Kept);
    if (!NT_SUCCESS(
            NtOpenSection(section.receive(), SECTION_MAP_READ | SECTION_MAP_WRITE, attributes.get())) ||
        !NT_SUCCESS(NtMapViewOfSection(section.get(), NtCurrentProcess(), &view, 0, 0, nullptr, &size,
                                       ViewUnmap, 0, PAGE_READWRITE)) ||
        size < sizeof(conhost::Kept))
        return nullptr;
    // The section has its name as long as there is a handle: for an smss that is started again.
    section.release();
    return static_cast<conhost::Kept*>(view);
}

conhost::FrontEnd& open_front_end(const Arguments& arguments) {
    if (arguments.screen) {
        auto& screen = make<conhost::Screen>();
        screen.open();
        return screen;
    }
    auto& stream = make<conhost::TerminalStream>();
    if (arguments.channel) stream.open(u"\\Device\\ExecChannel\\7", u"\\Device\\ExecChannel\\8");
    return stream;
}

// Its maker has passed on whatever may be inherited: files of this console among it would be open as long as
// the host is.
void close_inherited_files(HANDLE server) {
    ULONG left = 0;
    NtQueryInformationProcess(NtCurrentProcess(), ProcessHandleCount, &left, sizeof left, nullptr);
    const HANDLE directory = NtCurrentPeb()->ProcessParameters->CurrentDirectory.Handle;
    constexpr ULONG kStep = 4, kLast = 0x40000;
    for (ULONG value = kStep; left > 0 && value < kLast; value += kStep) {
        alignas(8) UCHAR buffer[sizeof(OBJECT_TYPE_INFORMATION) + 64];
        const HANDLE handle = ULongToHandle(value);
        if (!NT_SUCCESS(NtQueryObject(handle, ObjectTypeInformation, buffer, sizeof buffer, nullptr)))
            continue;
        --left;
        const UNICODE_STRING& type = reinterpret_cast<const OBJECT_TYPE_INFORMATION*>(buffer)->TypeName;
        const bool file = View(type.Buffer, type.Length / sizeof(WCHAR)).equals(u"File");
        if (file && handle != server && handle != directory) NtClose(handle);
    }
}

NTSTATUS run(const Arguments& arguments) {
    if (arguments.server) close_inherited_files(arguments.server);
    auto& server = make<conhost::Server>();
    NTSTATUS status = server.open(arguments.server);
    if (!NT_SUCCESS(status)) return status;
    conhost::FrontEnd& front_end = open_front_end(arguments);
    conhost::Kept* kept = arguments.server ? nullptr : open_kept();
    auto& console = make<conhost::Console>(server, front_end, kept);
    const conhost::Point size = front_end.size();
    status = console.open(size.x, size.y, size.y, arguments.code_page);
    if (NT_SUCCESS(status) && !arguments.server) status = server.publish();
    Maker maker;
    if (arguments.server) maker.find();
    auto over = [&] {
        return arguments.server && (console.deserted() || (maker.gone() && console.unused()));
    };
    for (unsigned messages = 0; NT_SUCCESS(status); ++messages) {
        status = server.ask();
        if (status == STATUS_PENDING) {
            while (console.writing() && !server.is_there())
                write_on(console, front_end);
            while (status == STATUS_PENDING && !over())
                status = wait_for_message(server, console, front_end, maker);
            if (status == STATUS_PENDING) {
                status = STATUS_SUCCESS;
                break;
            }
        }
        if (NT_SUCCESS(status)) console.handle();
        if (console.writing()) console.write_on();
        // What was written is seen before its writer goes on, who may turn the machine off.
        console.flush();
        if (messages % kMessagesBetweenLooks == 0) look(front_end);
        if (over()) break;
    }
    console.flush();
    return status;
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    RtlNormalizeProcessParams(peb->ProcessParameters);
    const NTSTATUS status = run(parse(View(peb->ProcessParameters->CommandLine)));
    NtTerminateProcess(NtCurrentProcess(), status);
}
