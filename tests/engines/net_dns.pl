# Asks the installed Net::DNS, without a network, what it makes of resolv.conf files.
#
# Usage: HOME=HOME_FOLDER net_dns.pl FILE [without-idn], in a folder that holds a .resolv.conf, as HOME does. FILE is written.
#
# The input is cases: three files (/etc/resolv.conf, HOME's .resolv.conf, the working folder's), each as its length in 32 bits
# and its bytes, and a length of all ones for no file. For each case there is a line of fields between bars, texts in hex:
#   death | servers kept | servers with IPv6 | servers without | SpamAssassin's servers with IPv6 | without | names |
#   settings | words looked up | seconds of waiting
# SpamAssassin's are "-" when it is not installed.
use strict;
use warnings;

my ( $path, $idn );

BEGIN {
    ( $path, $idn ) = map { /^(.*)$/s; $1 } @ARGV;
    unshift @INC, sub { die "hidden\n" if $_[1] =~ m{^Net/LibIDN}; return } if defined $idn;
    $SIG{__WARN__} = sub { };
}

use Net::DNS;
my $spamassassin = eval { require Mail::SpamAssassin::DnsResolver; 1 };

# Nothing leaves the process, and nobody waits. What would be asked and waited for is written down instead.
my ( @looked_up, $wait, %files, %seen );
{
    no warnings 'redefine';
    my $base = 'Net::DNS::Resolver::Base';
    no strict 'refs';
    my ( $read, $send ) = ( \&{"${base}::_read_config_file"}, \&{"${base}::send"} );
    my $rounds = 0;
    *{"${base}::_read_config_file"} = sub {
        my ( $self, $file ) = @_;
        my $bytes = $files{$file};
        $seen{$file} = 1;
        return unless defined $bytes;
        open my $out, '>:raw', $path or die "$path: $!";
        print $out $bytes;
        close $out or die "$path: $!";
        return $read->( $self, $path );
    };
    *{"${base}::send"} = sub {
        my ( undef, $name, $type ) = @_;
        push @looked_up, $name if $type eq 'A';
        $rounds = 0;
        goto &$send;
    };
    *{"${base}::_create_dst_sockaddr"} = sub { return 'nowhere' };
    *{"${base}::_create_udp_socket"} = sub { $! = 0; return bless [], 'Socket::Silent' };
    *{"${base}::_create_tcp_socket"} = sub { no integer; $wait += at_least_0( $_[0]{tcp_timeout} ); return };
    *{"${base}::_diag"}       = sub { };
    *{'Socket::Silent::send'} = sub { return 1 };
    *{'IO::Select::add'}      = sub { return 1 };
    *{'IO::Select::can_read'} = sub { no integer; $wait += at_least_0( $_[1] ); return };
    *{'IO::Select::new'}      = sub {
        # A round begins. The waiting has doubled so often that it is infinite.
        die "endless\n" if ++$rounds >= 1024;
        return bless [], 'IO::Select';
    };
}

sub at_least_0 { my $number = 0 + $_[0]; return $number > 0 ? $number : 0 }
sub hex_of { return defined $_[0] ? unpack 'H*', $_[0] : 'undef' }
sub list { return join ' ', map { 'x' . hex_of($_) } @_ }

# The message of a death, without the place in Perl's files.
sub death { my $message = "$@"; $message =~ s/ at \S+ line \d+.*\z//s; chomp $message; return '!' . hex_of($message) }

sub asked {
    my ($force_v4) = @_;
    my @servers = eval { Net::DNS::Resolver->new( force_v4 => $force_v4 )->nameservers };
    return $@ ? death() : list(@servers);
}

sub spamassassin {
    my ($force_v4) = @_;
    return '-' unless $spamassassin;
    my @servers = eval {
        my $resolver = bless { conf => {}, force_ipv4 => $force_v4 }, 'Mail::SpamAssassin::DnsResolver';
        $resolver->{res} = Net::DNS::Resolver->new( force_v4 => $force_v4 );
        map { /^\[(.*)\]:/s ? $1 : $_ } $resolver->available_nameservers;
    };
    return $@ ? death() : list(@servers);
}

# The first `new` reads the real files' names; later ones only copy what `_init` has read.
Net::DNS::Resolver->new;
my $defaults = Net::DNS::Resolver->_defaults;
$defaults->{searchlist} = ['default'];
my %fresh = %$defaults;
my @paths = ( '/etc/resolv.conf', map { "$_/.resolv.conf" } $ENV{HOME}, '.' );

exists $seen{$_} or die "Net::DNS does not read $_ here\n" for @paths;

binmode STDIN;
$| = 1;
while (1) {
    %files = ();
    for my $name (@paths) {
        read( STDIN, my $length, 4 ) == 4 or exit 0;
        $length = unpack 'L', $length;
        next if $length == 0xffffffff;
        read( STDIN, my $bytes, $length ) == $length or die 'the case is cut' if $length;
        $files{$name} = $length ? $bytes : '';
    }
    %$defaults = %fresh;
    ( $wait, @looked_up ) = (0);
    eval { Net::DNS::Resolver->_init; 1 };
    my $death = $@ ? $@ eq "endless\n" ? 'endless' : death() : '';
    my $settings = join ' ', map { "$_=" . hex_of( $defaults->{$_} ) } grep { $_ ne "errorstring" && !ref $defaults->{$_} } sort keys %$defaults;
    # While words are looked up servers are asked for already.
    my ( $waited, @words ) = ( $wait, @looked_up );
    print join( '|',
        $death,               list( @{ $defaults->{nameservers} } ),
        asked(0),             asked(1),
        spamassassin(0),      spamassassin(1),
        list( @{ $defaults->{searchlist} } ),
        $settings,            list(@words),
        $waited ),
        "\n";
}
