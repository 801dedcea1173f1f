# Asks SpamAssassin's own compile step about patterns. Nothing is matched, so nothing of a pattern is ever run.
#
# Standard input: for each pattern four bytes of length (native order), a byte that says how (0 with delimiters, 1 with
# delimiters and lint's strictness), and the text. Standard output: for each the length of the words and the words, which
# are empty when the pattern is accepted.
use strict;
use warnings;
use Mail::SpamAssassin::Util;

binmode STDIN;
binmode STDOUT;
my $input = do { local $/; <STDIN> };
my ($at, $out) = (0, '');
$SIG{ALRM} = sub { die "took too long\n" };
while ($at < length $input) {
    my ($length, $lint) = unpack 'LC', substr $input, $at, 5;
    my $text = substr $input, $at + 5, $length;
    $at += 5 + $length;
    alarm 20;
    my ($compiled, $words) = Mail::SpamAssassin::Util::compile_regexp($text, 1, $lint);
    alarm 0;
    $words = '' if $compiled;
    utf8::encode($words) if utf8::is_utf8($words);
    chomp $words;
    $out .= pack('L', length $words) . $words;
}
print $out;
