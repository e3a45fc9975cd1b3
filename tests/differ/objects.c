// SPDX-License-Identifier: GPL-3.0-only
// Objects and handles: names, directories, links, duplication, attributes, NtQueryObject.
#include "differ.h"

enum { BASIC, NAME, TYPE, TYPES, DATA };
#define CASELESS OBJ_CASE_INSENSITIVE

static HANDLE event_named(const wchar_t* name, ULONG flags) {
    HANDLE event = NULL;
    QUIET(NtCreateEvent, &event, EVENT_ALL_ACCESS, attributes(name, flags), 0, 0);
    return event;
}

PROGRAM(close_handle) {
    HANDLE event = event_named(NULL, 0);
    ST("once", NtClose, event);
    ST("twice", NtClose, event);
    ST("null", NtClose, NULL);
    ST("current process", NtClose, SELF);
    ST("current thread", NtClose, THREAD);
    ST("odd value", NtClose, 0x12345);
    ST("current token", NtClose, -4);
}

PROGRAM(protect_from_close) {
    HANDLE event = event_named(NULL, 0), copy = NULL;
    UCHAR flags[2] = {0, 1};
    ST("set", NtSetInformationObject, event, DATA, flags, 2);
    ST("close", NtClose, event);
    UCHAR got[2] = {9, 9};
    ULONG length = 0;
    ST("query", NtQueryObject, event, DATA, got, 2, &length);
    say_bytes("flags", got, 2);
    NUM("length", length);
    ST("duplicate and close source", NtDuplicateObject, SELF, event, SELF, &copy, 0, 0,
       DUPLICATE_CLOSE_SOURCE | DUPLICATE_SAME_ACCESS);
    flags[1] = 0;
    ST("unset", NtSetInformationObject, event, DATA, flags, 2);
    ST("close again", NtClose, event);
    ST("set of a closed one", NtSetInformationObject, event, DATA, flags, 2);
    ST("short", NtSetInformationObject, copy, DATA, flags, 1);
    ST("class 0", NtSetInformationObject, copy, BASIC, flags, 2);
}

PROGRAM(basic_information) {
    HANDLE event = event_named(NULL, 0), copy = NULL;
    ULONG words[14] = {0}, length = 0;
    ST("query", NtQueryObject, event, BASIC, words, 56, &length);
    NUM("length", length);
    HEX("attributes", words[0]);
    HEX("access", words[1]);
    NUM("handles", words[2]);
    NUM("references", words[3]);
    NUM("name size", words[9]);
    NUM("security size", words[11]);
    QUIET(NtDuplicateObject, SELF, event, SELF, &copy, EVENT_MODIFY_STATE, OBJ_INHERIT, 0);
    ST("copy", NtQueryObject, copy, BASIC, words, 56, &length);
    HEX("its attributes", words[0]);
    HEX("its access", words[1]);
    NUM("its handles", words[2]);
    length = 77;
    ST("short", NtQueryObject, event, BASIC, words, 55, &length);
    NUM("short length", length);
    ST("long", NtQueryObject, event, BASIC, words, sizeof words + 8, &length);
    ST("no handle", NtQueryObject, NULL, BASIC, words, 56, &length);
    ST("bad class", NtQueryObject, event, 99, words, 56, &length);
}

PROGRAM(name_information) {
    HANDLE event = event_named(L"\\BaseNamedObjects\\differ-name", 0), nameless = event_named(NULL, 0);
    struct {
        UNICODE_STRING name;
        WCHAR text[100];
    } info = {0};
    ULONG length = 0;
    ST("query", NtQueryObject, event, NAME, &info, sizeof info, &length);
    NUM("length", length);
    WIDE_OF("name", info.name.Buffer);
    NUM("name length", info.name.Length);
    NUM("name maximum", info.name.MaximumLength);
    ST("nothing", NtQueryObject, event, NAME, &info, 0, &length);
    NUM("wanted", length);
    ST("short", NtQueryObject, event, NAME, &info, 20, &length);
    NUM("wanted by short", length);
    ST("one too few", NtQueryObject, event, NAME, &info, length - 1, &length);
    ST("just enough", NtQueryObject, event, NAME, &info, length, &length);
    memset(&info, 0xcc, sizeof info);
    ST("nameless", NtQueryObject, nameless, NAME, &info, sizeof info, &length);
    NUM("nameless length", length);
    NUM("nameless name length", info.name.Length);
    HEX("nameless buffer", info.name.Buffer);
}

PROGRAM(type_information) {
    HANDLE event = event_named(NULL, 0), key = NULL;
    struct {
        UNICODE_STRING name;
        ULONG more[100];
    } info = {0};
    ULONG length = 0;
    ST("query", NtQueryObject, event, TYPE, &info, sizeof info, &length);
    WIDE_OF("name", info.name.Buffer);
    HEX("valid access", info.more[16]);
    HEX("generic read", info.more[12]);
    HEX("generic write", info.more[13]);
    HEX("generic execute", info.more[14]);
    HEX("generic all", info.more[15]);
    HEX("invalid attributes", info.more[11]);
    ST("process", NtQueryObject, SELF, TYPE, &info, sizeof info, &length);
    WIDE_OF("process name", info.name.Buffer);
    HEX("process valid access", info.more[16]);
    ST("thread", NtQueryObject, THREAD, TYPE, &info, sizeof info, &length);
    HEX("thread valid access", info.more[16]);
    QUIET(NtOpenKey, &key, KEY_READ, attributes(L"\\Registry\\Machine", CASELESS));
    ST("key", NtQueryObject, key, TYPE, &info, sizeof info, &length);
    WIDE_OF("key name", info.name.Buffer);
    HEX("key valid access", info.more[16]);
    ST("short", NtQueryObject, event, TYPE, &info, 10, &length);
}

PROGRAM(create_twice) {
    HANDLE first = NULL, second = (HANDLE)77;
    const wchar_t* name = L"\\BaseNamedObjects\\differ-twice";
    ST("first", NtCreateEvent, &first, EVENT_ALL_ACCESS, attributes(name, 0), 0, 0);
    ST("second", NtCreateEvent, &second, EVENT_ALL_ACCESS, attributes(name, 0), 0, 0);
    NUM("handle stays", second == (HANDLE)77);
    ST("open if", NtCreateEvent, &second, EVENT_ALL_ACCESS, attributes(name, OBJ_OPENIF), 0, 0);
    ST("another type", NtCreateMutant, &second, MUTANT_ALL_ACCESS, attributes(name, OBJ_OPENIF), 0);
    ST("another type, create", NtCreateMutant, &second, MUTANT_ALL_ACCESS, attributes(name, 0), 0);
    ST("open another type", NtOpenMutant, &second, MUTANT_ALL_ACCESS, attributes(name, 0));
    ST("other event type", NtCreateEvent, &second, EVENT_ALL_ACCESS, attributes(name, OBJ_OPENIF), 1, 0);
    NtClose(first);
    ST("still there", NtOpenEvent, &second, EVENT_ALL_ACCESS, attributes(name, 0));
}

PROGRAM(case_of_names) {
    HANDLE first = event_named(L"\\BaseNamedObjects\\differ-CASE", 0), second = NULL;
    NUM("made", first != NULL);
    ST("other case", NtOpenEvent, &second, EVENT_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-case", 0));
    ST("other case, insensitive", NtOpenEvent, &second, EVENT_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-case", CASELESS));
    ST("other case of the directory", NtOpenEvent, &second, EVENT_ALL_ACCESS,
       attributes(L"\\BASENAMEDOBJECTS\\differ-CASE", 0));
    ST("other case made", NtCreateEvent, &second, EVENT_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-case", 0), 0, 0);
    ST("link's other case", NtOpenSymbolicLinkObject, &second, 1, attributes(L"\\DOSDEVICES", 0));
}

PROGRAM(bad_names) {
    HANDLE made;
    ST("relative", NtCreateEvent, &made, EVENT_ALL_ACCESS, attributes(L"name", 0), 0, 0);
    ST("empty", NtCreateEvent, &made, EVENT_ALL_ACCESS, attributes(L"", 0), 0, 0);
    ST("root", NtCreateEvent, &made, EVENT_ALL_ACCESS, attributes(L"\\", 0), 0, 0);
    ST("trailing", NtCreateEvent, &made, EVENT_ALL_ACCESS, attributes(L"\\BaseNamedObjects\\", 0), 0, 0);
    ST("twice", NtCreateEvent, &made, EVENT_ALL_ACCESS, attributes(L"\\BaseNamedObjects\\\\x", 0), 0, 0);
    ST("no such directory", NtCreateEvent, &made, EVENT_ALL_ACCESS, attributes(L"\\None\\x", 0), 0, 0);
    ST("below an event", NtCreateEvent, &made, EVENT_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-e", 0), 0, 0);
    ST("below it", NtCreateEvent, &made, EVENT_ALL_ACCESS, attributes(L"\\BaseNamedObjects\\differ-e\\x", 0),
       0, 0);
    ST("open without a name", NtOpenEvent, &made, EVENT_ALL_ACCESS, attributes(NULL, 0));
    ST("open empty", NtOpenEvent, &made, EVENT_ALL_ACCESS, attributes(L"", 0));
    ST("open without attributes", NtOpenEvent, &made, EVENT_ALL_ACCESS, NULL);
    ST("open none", NtOpenEvent, &made, EVENT_ALL_ACCESS, attributes(L"\\BaseNamedObjects\\differ-none", 0));
    ST("open relative", NtOpenEvent, &made, EVENT_ALL_ACCESS, attributes(L"differ-none", 0));
    OBJECT_ATTRIBUTES* odd = attributes(L"\\BaseNamedObjects\\differ-odd", 0);
    odd->ObjectName->Length--;
    ST("odd length", NtCreateEvent, &made, EVENT_ALL_ACCESS, odd, 0, 0);
    odd = attributes(L"\\BaseNamedObjects\\differ-odd", 0);
    odd->Length--;
    ST("short attributes", NtCreateEvent, &made, EVENT_ALL_ACCESS, odd, 0, 0);
    ST("unknown flag", NtCreateEvent, &made, EVENT_ALL_ACCESS, attributes(NULL, 0x80000), 0, 0);
}

PROGRAM(directories) {
    HANDLE top = NULL, made = NULL, event = NULL;
    ST("create", NtCreateDirectoryObject, &top, DIRECTORY_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-dir", 0));
    ST("again", NtCreateDirectoryObject, &made, DIRECTORY_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-dir", 0));
    ST("open if", NtCreateDirectoryObject, &made, DIRECTORY_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-dir", OBJ_OPENIF));
    ST("inside", NtCreateEvent, &event, EVENT_ALL_ACCESS, attributes_in(top, L"one", 0), 0, 0);
    ST("absolute with root", NtCreateEvent, &event, EVENT_ALL_ACCESS, attributes_in(top, L"\\two", 0), 0, 0);
    ST("nameless with root", NtCreateEvent, &made, EVENT_ALL_ACCESS, attributes_in(top, NULL, 0), 0, 0);
    ST("event as root", NtCreateEvent, &made, EVENT_ALL_ACCESS, attributes_in(event, L"x", 0), 0, 0);
    ST("bad root", NtCreateEvent, &made, EVENT_ALL_ACCESS, attributes_in((HANDLE)0x9998, L"x", 0), 0, 0);
    ST("open", NtOpenDirectoryObject, &made, DIRECTORY_QUERY,
       attributes(L"\\BaseNamedObjects\\differ-dir", 0));
    ST("open an event", NtOpenDirectoryObject, &made, DIRECTORY_QUERY,
       attributes(L"\\BaseNamedObjects\\differ-dir\\one", 0));
    ST("open the root", NtOpenDirectoryObject, &made, DIRECTORY_QUERY, attributes(L"\\", 0));
    ST("create the root", NtCreateDirectoryObject, &made, DIRECTORY_QUERY, attributes(L"\\", 0));
    ST("create the root if", NtCreateDirectoryObject, &made, DIRECTORY_QUERY, attributes(L"\\", OBJ_OPENIF));
    ST("nameless", NtCreateDirectoryObject, &made, DIRECTORY_ALL_ACCESS, attributes(NULL, 0));
    ST("inside nameless", NtCreateEvent, &event, EVENT_ALL_ACCESS, attributes_in(made, L"one", 0), 0, 0);
    ST("open itself", NtOpenDirectoryObject, &made, DIRECTORY_QUERY, attributes_in(top, L"", 0));
}

PROGRAM(list_directory) {
    HANDLE top = NULL, made = NULL;
    UNICODE_STRING list[64];
    ULONG context = 0, length = 0;
    QUIET(NtCreateDirectoryObject, &top, DIRECTORY_ALL_ACCESS,
          attributes(L"\\BaseNamedObjects\\differ-list", 0));
    ST("empty", NtQueryDirectoryObject, top, list, sizeof list, 1, 1, &context, &length);
    NUM("empty length", length);
    QUIET(NtCreateEvent, &made, EVENT_ALL_ACCESS, attributes_in(top, L"only", 0), 0, 0);
    ST("single", NtQueryDirectoryObject, top, list, sizeof list, 1, 1, &context, &length);
    NUM("length", length);
    NUM("context", context);
    WIDE_OF("name", list[0].Buffer);
    WIDE_OF("type", list[1].Buffer);
    NUM("type length", list[1].Length);
    ST("next", NtQueryDirectoryObject, top, list, sizeof list, 1, 0, &context, &length);
    NUM("context at the end", context);
    ST("short", NtQueryDirectoryObject, top, list, 40, 1, 1, &context, &length);
    NUM("short wants", length);
    NUM("context stays", context);
    ST("all", NtQueryDirectoryObject, top, list, sizeof list, 0, 1, &context, &length);
    NUM("all length", length);
    HEX("terminator", list[2].Buffer);
    ST("of an event", NtQueryDirectoryObject, made, list, sizeof list, 1, 1, &context, &length);
    ST("no context", NtQueryDirectoryObject, top, list, sizeof list, 1, 1, NULL, &length);
    HANDLE query = NULL;
    QUIET(NtOpenDirectoryObject, &query, DIRECTORY_TRAVERSE,
          attributes(L"\\BaseNamedObjects\\differ-list", 0));
    ST("without the right", NtQueryDirectoryObject, query, list, sizeof list, 1, 1, &context, &length);
}

PROGRAM(symbolic_links) {
    HANDLE link = NULL, made = NULL, event = event_named(L"\\BaseNamedObjects\\differ-target", 0);
    WCHAR text[80];
    UNICODE_STRING target = {0, sizeof text, text};
    ULONG length = 0;
    NUM("event", event != NULL);
    ST("create", NtCreateSymbolicLinkObject, &link, SYMBOLIC_LINK_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-link", 0), name_of(L"\\BaseNamedObjects\\differ-target"));
    ST("again", NtCreateSymbolicLinkObject, &made, SYMBOLIC_LINK_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-link", 0), name_of(L"\\x"));
    ST("through", NtOpenEvent, &made, EVENT_ALL_ACCESS, attributes(L"\\BaseNamedObjects\\differ-link", 0));
    ST("link as such", NtOpenSymbolicLinkObject, &made, SYMBOLIC_LINK_QUERY,
       attributes(L"\\BaseNamedObjects\\differ-link", 0));
    ST("as such, openlink", NtOpenSymbolicLinkObject, &made, SYMBOLIC_LINK_QUERY,
       attributes(L"\\BaseNamedObjects\\differ-link", OBJ_OPENLINK));
    ST("query", NtQuerySymbolicLinkObject, link, &target, &length);
    NUM("length", length);
    NUM("target length", target.Length);
    target.MaximumLength = 10;
    ST("short", NtQuerySymbolicLinkObject, link, &target, &length);
    NUM("wanted", length);
    ST("empty target", NtCreateSymbolicLinkObject, &made, SYMBOLIC_LINK_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-empty", 0), name_of(L""));
    ST("relative target", NtCreateSymbolicLinkObject, &made, SYMBOLIC_LINK_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-relative", 0), name_of(L"x"));
    ST("loop", NtCreateSymbolicLinkObject, &made, SYMBOLIC_LINK_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-loop", 0), name_of(L"\\BaseNamedObjects\\differ-loop"));
    ST("through the loop", NtOpenEvent, &made, EVENT_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-loop", 0));
    ST("open an event as link", NtOpenSymbolicLinkObject, &made, SYMBOLIC_LINK_QUERY,
       attributes(L"\\BaseNamedObjects\\differ-target", 0));
    ST("query an event", NtQuerySymbolicLinkObject, event, &target, &length);
}

PROGRAM(create_through_link) {
    HANDLE link = NULL, directory = NULL, made = NULL;
    QUIET(NtCreateDirectoryObject, &directory, DIRECTORY_ALL_ACCESS,
          attributes(L"\\BaseNamedObjects\\differ-real", 0));
    ST("link", NtCreateSymbolicLinkObject, &link, SYMBOLIC_LINK_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-way", 0), name_of(L"\\BaseNamedObjects\\differ-real"));
    ST("through it", NtCreateEvent, &made, EVENT_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-way\\e", 0), 0, 0);
    ST("there", NtOpenEvent, &made, EVENT_ALL_ACCESS, attributes(L"\\BaseNamedObjects\\differ-real\\e", 0));
    ST("at its name", NtCreateEvent, &made, EVENT_ALL_ACCESS,
       attributes(L"\\BaseNamedObjects\\differ-way", 0), 0, 0);
    ST("at its name, open if", NtCreateDirectoryObject, &made, DIRECTORY_QUERY,
       attributes(L"\\BaseNamedObjects\\differ-way", OBJ_OPENIF));
    ST("root is the link", NtCreateEvent, &made, EVENT_ALL_ACCESS, attributes_in(link, L"x", 0), 0, 0);
}

PROGRAM(permanent) {
    HANDLE event = NULL, again = NULL;
    const wchar_t* name = L"\\BaseNamedObjects\\differ-permanent";
    ST("create", NtCreateEvent, &event, EVENT_ALL_ACCESS | DELETE, attributes(name, OBJ_PERMANENT), 0, 0);
    NtClose(event);
    ST("still there", NtOpenEvent, &again, EVENT_ALL_ACCESS | DELETE, attributes(name, 0));
    ST("make temporary", NtMakeTemporaryObject, again);
    NtClose(again);
    ST("gone", NtOpenEvent, &again, EVENT_ALL_ACCESS, attributes(name, 0));
    ST("temporary with a bad handle", NtMakeTemporaryObject, 0x9998);
    ST("permanent with a bad handle", NtMakePermanentObject, 0x9998);
    event = NULL;
    QUIET(NtCreateEvent, &event, EVENT_MODIFY_STATE, attributes(name, 0), 0, 0);
    ST("temporary without DELETE", NtMakeTemporaryObject, event);
}

PROGRAM(duplicate) {
    HANDLE event = event_named(NULL, 0), copy = NULL;
    ST("same access", NtDuplicateObject, SELF, event, SELF, &copy, 0, 0, DUPLICATE_SAME_ACCESS);
    ST("less", NtDuplicateObject, SELF, event, SELF, &copy, EVENT_QUERY_STATE, 0, 0);
    ST("set by less", NtSetEvent, copy, NULL);
    ST("more again", NtDuplicateObject, SELF, copy, SELF, &copy, EVENT_ALL_ACCESS, 0, 0);
    ST("bad source", NtDuplicateObject, SELF, 0x9998, SELF, &copy, 0, 0, DUPLICATE_SAME_ACCESS);
    ST("bad process", NtDuplicateObject, 0x9998, event, SELF, &copy, 0, 0, DUPLICATE_SAME_ACCESS);
    ST("event as process", NtDuplicateObject, event, event, SELF, &copy, 0, 0, DUPLICATE_SAME_ACCESS);
    ST("bad target", NtDuplicateObject, SELF, event, 0x9998, &copy, 0, 0, DUPLICATE_SAME_ACCESS);
    copy = (HANDLE)5;
    ST("no target", NtDuplicateObject, SELF, event, NULL, &copy, 0, 0, DUPLICATE_SAME_ACCESS);
    HEX("handle", copy);
    ST("no target, close", NtDuplicateObject, SELF, event, NULL, NULL, 0, 0, DUPLICATE_CLOSE_SOURCE);
    ST("closed", NtClose, event);
    ST("process itself", NtDuplicateObject, SELF, SELF, SELF, &copy, 0, 0, DUPLICATE_SAME_ACCESS);
    NUM("its id is ours", GetProcessId(copy) == GetCurrentProcessId());
    ST("thread itself", NtDuplicateObject, SELF, THREAD, SELF, &copy, 0, 0, DUPLICATE_SAME_ACCESS);
    ST("null", NtDuplicateObject, SELF, NULL, SELF, &copy, 0, 0, DUPLICATE_SAME_ACCESS);
    event = event_named(NULL, 0);
    ST("bad target, close", NtDuplicateObject, SELF, event, 0x9998, &copy, 0, 0,
       DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE);
    ST("then", NtClose, event);
}

PROGRAM(duplicate_attributes) {
    HANDLE event = event_named(NULL, OBJ_INHERIT), copy = NULL;
    DWORD flags = 0;
    WIN("of the original", GetHandleInformation(event, &flags));
    HEX("flags", flags);
    QUIET(NtDuplicateObject, SELF, event, SELF, &copy, 0, 0, DUPLICATE_SAME_ACCESS);
    GetHandleInformation(copy, &flags);
    HEX("copy", flags);
    QUIET(NtDuplicateObject, SELF, event, SELF, &copy, 0, 0, DUPLICATE_SAME_ACCESS | 4);
    GetHandleInformation(copy, &flags);
    HEX("same attributes", flags);
    QUIET(NtDuplicateObject, SELF, event, SELF, &copy, 0, 1 | OBJ_INHERIT, DUPLICATE_SAME_ACCESS);
    GetHandleInformation(copy, &flags);
    HEX("given", flags);
    WIN("set both", SetHandleInformation(event, 3, 2));
    GetHandleInformation(event, &flags);
    HEX("after", flags);
    WIN("close", CloseHandle(event));
    WIN("bad mask", SetHandleInformation(event, 8, 8));
    WIN("bad handle", GetHandleInformation((HANDLE)0x9998, &flags));
}

PROGRAM(inherit) {
    if (child_word) {
        HANDLE event = (HANDLE)(ULONG_PTR)strtoull(child_word, NULL, 16);
        SetEvent(event);
        return;
    }
    char word[20];
    HANDLE open = event_named(NULL, OBJ_INHERIT), closed = event_named(NULL, 0);
    sprintf(word, "%llx", (unsigned long long)(ULONG_PTR)open);
    HEX("child's code", ended(spawn(word, 0, TRUE)));
    NUM("inherited", WaitForSingleObject(open, 0));
    ResetEvent(open);
    ended(spawn(word, 0, FALSE));
    NUM("not by a child without", WaitForSingleObject(open, 0));
    sprintf(word, "%llx", (unsigned long long)(ULONG_PTR)closed);
    ended(spawn(word, 0, TRUE));
    NUM("not inherited", WaitForSingleObject(closed, 0));
}

PROGRAM(compare_objects) {
    HANDLE event = event_named(NULL, 0), other = event_named(NULL, 0), copy = NULL;
    QUIET(NtDuplicateObject, SELF, event, SELF, &copy, EVENT_QUERY_STATE, 0, 0);
    ST("copy", NtCompareObjects, event, copy);
    ST("other", NtCompareObjects, event, other);
    ST("itself", NtCompareObjects, event, event);
    ST("bad", NtCompareObjects, event, 0x9998);
    ST("process", NtCompareObjects, SELF, SELF);
}

PROGRAM(access_masks) {
    HANDLE event = NULL, made = NULL;
    ULONG words[14] = {0};
    static const struct {
        const char* what;
        ULONG mask;
    } masks[] = {{"none", 0},
                 {"maximum", 0x02000000},
                 {"generic read", GENERIC_READ},
                 {"generic write", GENERIC_WRITE},
                 {"execute", GENERIC_EXECUTE},
                 {"all", GENERIC_ALL},
                 {"unknown bits", 0x00e0fff0},
                 {"system security", 0x01000000}};
    QUIET(NtCreateEvent, &event, EVENT_ALL_ACCESS, attributes(L"\\BaseNamedObjects\\differ-mask", 0), 0, 0);
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        char label[40];
        sprintf(label, "%s, created", masks[i].what);
        words[1] = 0;
        if (ST(label, NtCreateEvent, &made, masks[i].mask, NULL, 0, 0) >= 0) {
            QUIET(NtQueryObject, made, BASIC, words, 56, NULL);
            HEX("  granted", words[1]);
        }
        if (ST(masks[i].what, NtOpenEvent, &made, masks[i].mask,
               attributes(L"\\BaseNamedObjects\\differ-mask", 0)) >= 0) {
            QUIET(NtQueryObject, made, BASIC, words, 56, NULL);
            HEX("  granted", words[1]);
        }
    }
}

PROGRAM(pointers) {
    HANDLE event = event_named(NULL, 0);
    ULONG length = 0;
    ST("no place for the handle", NtCreateEvent, NULL, EVENT_ALL_ACCESS, NULL, 0, 0);
    ST("odd place", NtCreateEvent, 1, EVENT_ALL_ACCESS, NULL, 0, 0);
    ST("kernel place", NtCreateEvent, 0xffff800000000000, EVENT_ALL_ACCESS, NULL, 0, 0);
    ST("bad attributes", NtCreateEvent, &event, EVENT_ALL_ACCESS, 8, 0, 0);
    ST("bad state", NtSetEvent, event, 8);
    NUM("set all the same", WaitForSingleObject(event, 0));
    ST("bad buffer", NtQueryObject, event, BASIC, 8, 56, &length);
    ST("bad length", NtQueryObject, event, BASIC, &length, 0, 8);
    ST("event type", NtCreateEvent, &event, EVENT_ALL_ACCESS, NULL, 2, 0);
    ST("bad target", NtDuplicateObject, SELF, event, SELF, 8, 0, 0, DUPLICATE_SAME_ACCESS);
}

PROGRAM(base_names) {
    HANDLE first = NULL, second;
    WIN("create", first = CreateEventW(NULL, FALSE, FALSE, L"differ-win"));
    WIN("again", second = CreateEventW(NULL, FALSE, FALSE, L"differ-win"));
    NUM("says so", GetLastError());
    WIN("local", OpenEventW(EVENT_ALL_ACCESS, FALSE, L"Local\\differ-win"));
    WIN("global", OpenEventW(EVENT_ALL_ACCESS, FALSE, L"Global\\differ-win"));
    WIN("other type", CreateMutexW(NULL, FALSE, L"differ-win"));
    WIN("other type opened", OpenMutexW(MUTEX_ALL_ACCESS, FALSE, L"differ-win"));
    WIN("backslash", CreateEventW(NULL, FALSE, FALSE, L"differ\\win"));
    WIN("case", OpenEventW(EVENT_ALL_ACCESS, FALSE, L"DIFFER-WIN"));
    WIN("empty", CreateEventW(NULL, FALSE, FALSE, L""));
    WIN("open empty", OpenEventW(EVENT_ALL_ACCESS, FALSE, L""));
    WIN("open null", OpenEventW(EVENT_ALL_ACCESS, FALSE, NULL));
    WIN("session", OpenEventW(EVENT_ALL_ACCESS, FALSE, L"Session\\1\\differ-win"));
    WIN("global made", CreateEventW(NULL, FALSE, FALSE, L"Global\\differ-win"));
    NUM("says", GetLastError());
    CloseHandle(second);
}
