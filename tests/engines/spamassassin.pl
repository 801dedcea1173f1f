# Asks the installed SpamAssassin what it says of configuration files; each in a child process of its own, as spamd and as
# --lint read them. Nothing is scanned: no pattern of a file is ever matched.
#
# perl spamassassin.pl FOLDER [stock|few [LIB]]
#
# LIB is the `lib` of another SpamAssassin's source, which is asked in the place of the installed one.
#
# FOLDER is for users' files, and is empty. With `stock` the shipped rules are read first, else a handful. Cases come on standard
# input: how many bytes the site's file has and how many the user's (32 bits each), and then these bytes. No user's file:
# 4294967295. The site's file is FOLDER/local.cf by name, the user's FOLDER/user_prefs. An answer is a line: for a site's file what
# the daemon says and what --lint says, between `|`; for a user's file what spamd says of it. Messages are in hexadecimal.
use strict;
use warnings;
BEGIN {
    my $lib = $ARGV[2];
    # Modules that the other SpamAssassin does not have must not be taken from the installed one.
    my $missing = sub { die "Can't locate $_[1] in \@INC\n" if $_[1] =~ m{^Mail/SpamAssassin} };
    unshift @INC, $lib, $missing if defined $lib;
}
use Mail::SpamAssassin;
use Mail::SpamAssassin::Logger;
use Mail::SpamAssassin::NetSet;
use Mail::SpamAssassin::PerMsgStatus;

my ($folder, $rules) = @ARGV;
delete @ENV{qw(LANGUAGE LC_ALL LC_MESSAGES LANG)};
$ENV{HOME} = $folder;
chdir '/';
my (@said, $conf);
{
    no warnings 'redefine';
    *Mail::SpamAssassin::Logger::log_message = sub { my ($level, @words) = @_; push @said, [$level, join('', @words)]; };
}
$SIG{__WARN__} = sub { push @said, ['warn', $_[0]] };
Mail::SpamAssassin::Logger::add_facilities('info');

# The words without what Perl adds; nothing of what Perl itself says.
sub told {
    my ($level, $words) = @{$_[0]};
    return () if $level eq 'info' && $conf->{lint_rules};
    $words =~ s/ at \(eval .*//s;
    $words =~ s/\n+\z//;
    $words =~ s/, <\w+> (?:line|chunk) \d+\.\z//;
    $words =~ s/ at \/\S+ line \d+\.?\z//;
    $words =~ s/(plugin: failed to parse plugin .*?: Can't locate \S+(?: in \@INC)?).*/$1/s;
    $words =~ s/(HERE in m\/.*)/$1/s;
    return () if $words !~ /^(?:generic|config|rules|netset|plugin|mimeheader|askdns|freemail|bayes|util|extracttext): |^syntax error for eval function |^wrong rule type |doesn't contain|^deprecated setting|^invalid freemail_|^fatal: /;
    return $words;
}

my $sa = Mail::SpamAssassin->new({
    dont_copy_prefs => 1, username => 'nobody', local_tests_only => 0, userprefs_filename => "$folder/none",
    userstate_dir => $folder, home_dir_for_helpers => $folder, skip_prng_reseeding => 1, PREFIX => '/usr',
    LOCAL_RULES_DIR => '/etc/spamassassin', LOCAL_STATE_DIR => '/var/lib/spamassassin', DEF_RULES_DIR => '/usr/share/spamassassin',
});
$conf = $sa->{conf};
$conf->{main} = $sa;
my $pre = -e "$folder/init.pre" ? $folder : '/etc/spamassassin';
my $text = $sa->read_pre($pre, 'site rules pre files');
if ($rules && $rules eq 'stock') {
    $text .= $sa->read_cf('/usr/share/spamassassin', 'default rules dir') . $sa->read_cf('/etc/spamassassin', 'site rules dir');
} else {
    local $/;
    open(my $base, '<', "$folder/base.cf") or die "base.cf: $!";
    $sa->{cf_files_read}{"$folder/base.cf"} = 1;
    $text .= "file start $folder/base.cf\n" . <$base> . "file end $folder/base.cf\n";
}
$conf->parse_rules($text);
print unpack('H*', join("\n", map { told($_) } @said)), "\n";

sub wrapped {
    my ($name, $text) = @_;
    return '' if $text eq '';
    $text .= "\n" unless $text =~ /\n\z/;
    return "file start $name\n${text}file end $name\n";
}

sub child {
    my ($work) = @_;
    pipe(my $in, my $out) or die "pipe: $!";
    my $pid = fork;
    die "fork: $!" unless defined $pid;
    if (!$pid) {
        close $in;
        open(STDOUT, '>', '/dev/null');
        @said = ();
        $SIG{ALRM} = 'DEFAULT';
        alarm 20;
        eval { $work->(); 1 } or push @said, ["fatal", "fatal: $@"];
        print $out join(' ', map { unpack('H*', $_) } map { told($_) } @said);
        close $out;
        require POSIX;
        POSIX::_exit(0);
    }
    close $out;
    local $/;
    my $answer = <$in>;
    waitpid $pid, 0;
    return $? ? 'killed' : $answer;
}

$| = 1;
binmode STDIN;
while (read(STDIN, my $head, 8) == 8) {
    my ($site_len, $user_len) = unpack('LL', $head);
    my ($site, $user) = ('', undef);
    read(STDIN, $site, $site_len) == $site_len or die 'short' if $site_len;
    if ($user_len == 4294967295) {
        my $site_as = sub {
            my ($lint) = @_;
            $conf->{lint_rules} = $sa->{lint_rules} = $lint;
            $conf->parse_rules(wrapped("$folder/local.cf", $site));
            $conf->finish_parsing(0);
        };
        print child(sub { $site_as->(0) }), '|', child(sub { $site_as->(1) }), "\n";
        next;
    }
    $user = '';
    read(STDIN, $user, $user_len) == $user_len or die 'short' if $user_len;
    print child(sub {
        $conf->parse_rules(wrapped("$folder/local.cf", $site));
        $conf->finish_parsing(0);
        open(my $file, '>', "$folder/user_prefs") or die "user_prefs: $!";
        print $file $user;
        close $file;
        @said = ();
        $sa->read_scoreonly_config("$folder/user_prefs");
    }), "\n";
}
