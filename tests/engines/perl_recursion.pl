# Looks for a text on which a match ends with an error, since the pattern calls itself without end. SpamAssassin's own
# compile step refuses patterns that hold code, so none is ever run.
#
# Standard input: for each pattern four bytes of length and the pattern with its delimiters. Standard output: for each a
# byte: 0 no such text was found, 1 one was, 2 SpamAssassin refused the pattern.
use strict;
use warnings;
use Mail::SpamAssassin::Util;

binmode STDIN;
binmode STDOUT;
my $input = do { local $/; <STDIN> };
my @texts = my @last = ('');
for (1 .. 5) {
    @last = map { my $text = $_; map { "$text$_" } 'a', 'b', 'x' } @last;
    push @texts, @last;
}
my $at = 0;
while ($at < length $input) {
    my $length = unpack 'L', substr $input, $at, 4;
    my $pattern = substr $input, $at + 4, $length;
    $at += 4 + $length;
    my ($compiled) = Mail::SpamAssassin::Util::compile_regexp($pattern, 1, 0);
    my $dies = 0;
    for my $text (@texts) {
        last if $dies || !$compiled;
        no warnings;
        eval { my $found = $text =~ $compiled; 1 } or $dies = 1;
    }
    print $compiled ? chr $dies : "\2";
}
