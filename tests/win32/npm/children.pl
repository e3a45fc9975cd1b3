# SPDX-License-Identifier: GPL-3.0-only
# Children of a Perl program: by a shell, by a pipe, and fork's, which is a thread.
$| = 1;
print "backticks ", `echo by a shell`;
system("cmd /c exit 3");
print "code ", $? >> 8, "\n";
open(my $pipe, "-|", "echo piped") or die;
print "pipe ", <$pipe>;
close $pipe;
my $child = fork();
exit 5 unless $child;
waitpid($child, 0);
print "fork ", $? >> 8, "\n";
