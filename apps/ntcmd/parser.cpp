// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/parser.hpp"

namespace ntcmd {
namespace {

bool blank(WCHAR c) {
    return c == u' ' || c == u'\t';
}
bool special(WCHAR c) {
    return c == u'&' || c == u'|' || c == u'>' || c == u'<';
}

class Parser {
public:
    explicit Parser(View line) : line_(line) {}

    ParseError run(List<Command>& commands) {
        bool piped = false;
        while (true) {
            Command command;
            if (const ParseError error = one(command); error != ParseError::None) return error;
            const bool reads_pipe = piped;
            piped = !done() && current() == u'|';
            if ((piped || reads_pipe) && command.words.empty()) return ParseError::NoCommand;
            command.piped = piped;
            if (!command.words.empty()) commands.push(static_cast<Command&&>(command));
            if (done()) return ParseError::None;
            ++at_;  // the & or |
        }
    }

private:
    bool done() const { return at_ >= line_.size; }
    WCHAR current() const { return line_[at_]; }
    void skip_blanks() {
        while (!done() && blank(current()))
            ++at_;
    }

    // One command up to & or | or the end of the line.
    ParseError one(Command& command) {
        while (true) {
            skip_blanks();
            if (done() || current() == u'&' || current() == u'|') break;
            const SIZE_T start = at_;
            const bool redirects = special(current()) || numbers_stream();
            const ParseError error = redirects ? redirection(command) : plain_word(command, start);
            if (error != ParseError::None) return error;
        }
        command.tail = Text(command.tail.view().trimmed());
        return ParseError::None;
    }

    ParseError plain_word(Command& command, SIZE_T start) {
        Text text;
        if (const ParseError error = word(text); error != ParseError::None) return error;
        if (!command.words.empty()) {
            while (start > 0 && blank(line_[start - 1]) && start - 1 > tail_start_)
                --start;
            command.tail.append(View(line_.data + start, at_ - start));
        } else {
            tail_start_ = at_;
        }
        command.words.push(static_cast<Text&&>(text));
        return ParseError::None;
    }

    // A 1 or 2 that begins a word, just before a >.
    bool numbers_stream() const {
        return (current() == u'1' || current() == u'2') && at_ + 1 < line_.size && line_[at_ + 1] == u'>';
    }

    ParseError redirection(Command& command) {
        const bool errors = current() == u'2';
        if (numbers_stream()) ++at_;
        const bool input = current() == u'<';
        ++at_;
        const bool append = !input && !done() && current() == u'>';
        if (append) ++at_;
        if (!done() && current() == u'&') return to_stream(command, errors && !append);
        skip_blanks();
        Text name;
        if (const ParseError error = word(name); error != ParseError::None) return error;
        if (name.empty()) return ParseError::NoFileName;
        if (input) {
            command.input_file = static_cast<Text&&>(name);
        } else if (errors) {
            command.error_file = static_cast<Text&&>(name);
            command.append_errors = append;
            command.errors_to_output = false;
        } else {
            command.output_file = static_cast<Text&&>(name);
            command.append = append;
        }
        return ParseError::None;
    }

    // 2>&1 is the only one there is.
    ParseError to_stream(Command& command, bool errors) {
        const bool to_output = at_ + 1 < line_.size && line_[at_ + 1] == u'1';
        const bool ends = at_ + 2 >= line_.size || blank(line_[at_ + 2]) || special(line_[at_ + 2]);
        if (!errors || !to_output || !ends) return ParseError::NoSuchStream;
        at_ += 2;
        command.errors_to_output = true;
        command.error_file = Text();
        return ParseError::None;
    }

    // A word: quotes group and go away, \" and "" inside quotes are one quote.
    ParseError word(Text& text) {
        bool quoted = false;
        while (!done() && (quoted || (!blank(current()) && !special(current())))) {
            const WCHAR c = current();
            const bool pair = at_ + 1 < line_.size && line_[at_ + 1] == u'"';
            if (quoted && pair && (c == u'\\' || c == u'"') && !ends_quote()) {
                text.append(u'"');
                ++at_;
            } else if (c == u'"') {
                quoted = !quoted;
            } else {
                text.append(c);
            }
            ++at_;
        }
        return quoted ? ParseError::QuoteNotClosed : ParseError::None;
    }

    // `C:\dir\" next`: a backslash before the last quote of a word belongs to the path.
    bool ends_quote() const {
        if (current() != u'\\') return false;
        const SIZE_T behind = at_ + 2;
        return View(line_.data + behind, line_.size - behind).find(u'"') == line_.size - behind;
    }

    View line_;
    SIZE_T at_ = 0;
    SIZE_T tail_start_ = 0;
};

}  // namespace

ParseError expand(View line, Lookup lookup, void* context, Text& expanded) {
    while (!line.empty()) {
        const SIZE_T percent = line.find(u'%');
        expanded.append(line.first(percent));
        line = line.from(percent);
        if (line.empty()) break;
        const View rest = line.from(1);
        const SIZE_T close = rest.find(u'%');
        if (close < rest.size && close > 0 && lookup(rest.first(close), expanded, context)) {
            line = rest.from(close + 1);
        } else {
            expanded.append(u'%');
            line = rest;
        }
        if (expanded.size() > kLongestLine) return ParseError::LineTooLong;
    }
    return expanded.size() > kLongestLine ? ParseError::LineTooLong : ParseError::None;
}

ParseError parse(View line, List<Command>& commands) {
    if (line.size > kLongestLine) return ParseError::LineTooLong;
    return Parser(line).run(commands);
}

const WCHAR* describe(ParseError error) {
    switch (error) {
        case ParseError::None:
            return u"no error";
        case ParseError::QuoteNotClosed:
            return u"a quote is opened and not closed";
        case ParseError::NoFileName:
            return u"a file name is missing behind > or <";
        case ParseError::NoSuchStream:
            return u"of streams only 2>&1 can go to another";
        case ParseError::NoCommand:
            return u"a command is missing before or behind |";
        case ParseError::LineTooLong:
            return u"the line is longer than 8191 characters";
    }
    return u"";
}

}  // namespace ntcmd
