# Looks for a text on which a pattern keeps Perl busy. A child matches, and dies of SIGVTALRM when one match takes too
# long. SpamAssassin's own compile step refuses patterns that hold code, so none is ever run.
#
# Standard input: for each pattern four bytes of length and the pattern with its delimiters. Standard output: for each a
# byte: 0 no such text was found, 1 one was, 2 SpamAssassin refused the pattern.
use strict;
use warnings;
use Mail::SpamAssassin::Util;
use Time::HiRes qw(setitimer ITIMER_VIRTUAL clock);

binmode STDIN;
binmode STDOUT;
my $input = do { local $/; <STDIN> };
my ($at, @patterns) = (0);
while ($at < length $input) {
    my $length = unpack 'L', substr $input, $at, 4;
    push @patterns, substr $input, $at + 4, $length;
    $at += 4 + $length;
}

# All words of some letters, up to a length.
sub words {
    my ($most, @letters) = @_;
    my @all = my @last = ('');
    for (1 .. $most) {
        @last = map { my $word = $_; map { "$word$_" } @letters } @last;
        push @all, @last;
    }
    return @all;
}

my @pumps = grep { length } words(3, 'a', 'b', 'c');
my @ends = words(2, 'a', 'b', 'c', '!', '-', "\n");
my @starts = words(3, 'a', 'b', 'c');

sub text {
    my ($start, $pump, $end, $length) = @_;
    return $start . $pump x ($length / length $pump) . $end;
}

# How long a match takes; none may take longer than a second.
sub seconds {
    my ($compiled, $text) = @_;
    no warnings;
    my $before = clock();
    setitimer(ITIMER_VIRTUAL, 1);
    my $found = $text =~ $compiled;
    setitimer(ITIMER_VIRTUAL, 0);
    return clock() - $before;
}

sub search {
    my ($compiled) = @_;
    # Perl looks for texts that must occur before it matches at all.
    my @texts = ('', '', '!', 'a!', 'b!', 'ab!', 'c', 'ac', 'bc', 'abc', 'c!');
    my $tries = 20;
    for (1 .. 6000) {
        my @shape = map { $_->[rand @$_] } \@starts, \@pumps, \@ends;
        # Texts of one letter are the likeliest.
        $shape[0] = '' if rand() < 0.4;
        $shape[1] = substr $shape[1], 0, 1 if rand() < 0.5;
        $shape[2] = '' if rand() < 0.2;
        $shape[2] .= $texts[rand @texts];
        # What is slow with a short text may be so with a long one.
        if (seconds($compiled, text(@shape, 200)) > 0.01) {
            seconds($compiled, text(@shape, 2000));
            return if !--$tries;
        }
    }
}

for my $pattern (@patterns) {
    my ($compiled) = Mail::SpamAssassin::Util::compile_regexp($pattern, 1, 0);
    if (!$compiled) {
        print "\2";
        next;
    }
    my $child = fork;
    die unless defined $child;
    if (!$child) {
        $SIG{VTALRM} = 'DEFAULT';
        search($compiled);
        require POSIX;
        POSIX::_exit(0);
    }
    waitpid $child, 0;
    print $? ? "\1" : "\0";
}
