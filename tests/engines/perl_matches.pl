# Matches patterns against texts, each with a timer of its own CPU time, since the machine may be
# busy: a child does it, and dies of SIGVTALRM when a match takes too long.
# SpamAssassin's own compile step refuses patterns that hold code, so none is ever run.
#
# Standard input: for each pattern four bytes of length and the pattern with its delimiters, then a byte that counts the
# texts, and for each of them a byte of length and the text. Standard output: for each pattern a byte (0 matched against
# all, 1 took too long, 2 refused, 3 died), and when it is 0, for each text a byte (1 matched), where the match began, where it ended.
use strict;
use warnings;
use Mail::SpamAssassin::Util;
use Time::HiRes qw(setitimer ITIMER_VIRTUAL);

binmode STDIN;
binmode STDOUT;
my $input = do { local $/; <STDIN> };
my ($at, @cases) = (0);
while ($at < length $input) {
    my $length = unpack 'L', substr $input, $at, 4;
    my $pattern = substr $input, $at + 4, $length;
    $at += 4 + $length;
    my $count = ord substr $input, $at++, 1;
    my @texts;
    for (1 .. $count) {
        my $length = ord substr $input, $at++, 1;
        push @texts, substr $input, $at, $length;
        $at += $length;
    }
    push @cases, [$pattern, @texts];
}
my @answers;
while (@answers < @cases) {
    pipe my $read, my $write or die;
    my $child = fork;
    die unless defined $child;
    if (!$child) {
        close $read;
        binmode $write;
        select $write;
        $| = 1;
        $SIG{VTALRM} = 'DEFAULT';
        for my $case (@cases[scalar(@answers) .. $#cases]) {
            my ($pattern, @texts) = @$case;
            my ($compiled) = Mail::SpamAssassin::Util::compile_regexp($pattern, 1, 0);
            my $answer = '';
            if ($compiled) {
                no warnings;
                setitimer(ITIMER_VIRTUAL, 2);
                my $is_alive = eval {
                    for my $text (@texts) {
                        # A text of its own for each match, so that \G never stands anywhere but at the start.
                        my $copy = $text;
                        my $is_match = $copy =~ $compiled ? 1 : 0;
                        $answer .= pack 'CCC', $is_match, $is_match ? ($-[0], $+[0]) : (0, 0);
                    }
                    1;
                };
                setitimer(ITIMER_VIRTUAL, 0);
                # Endless recursion, or a property that nobody defined, is found only now.
                $answer = $is_alive ? "\0$answer" : "\3";
            } else {
                $answer = "\2";
            }
            print pack('C', length $answer) . $answer;
        }
        exit 0;
    }
    close $write;
    binmode $read;
    my $all = do { local $/; <$read> } // '';
    waitpid $child, 0;
    my $at = 0;
    while ($at < length $all) {
        my $length = ord substr $all, $at, 1;
        push @answers, substr $all, $at + 1, $length;
        $at += 1 + $length;
    }
    push @answers, "\1" if @answers < @cases;
}
print @answers;
