#!/usr/bin/perl
# Cache::Memcached::Fast and Cache::Memcached against a pool. Arguments: host and port. Prints what it
# did; fails at the first wrong answer.
use strict;
use warnings;
use Cache::Memcached;
use Cache::Memcached::Fast;

my ($host, $port) = @ARGV;

sub expect {
    my ($what, $got, $wanted) = @_;
    $got    = 'undef' unless defined $got;
    $wanted = 'undef' unless defined $wanted;
    die "$what: wanted '$wanted', got '$got'\n" if $got ne $wanted;
    print "$what: ok\n";
}

sub try_both {
    my ($name, $client) = @_;
    my @keys = map { "$_-$name" } 0 .. 39;
    my $big = 'b' x 900_000;
    expect("$name miss",        $client->get('none'),               undef);
    expect("$name set",         $client->set("$name-a", '1', 100),  1);
    expect("$name get",         $client->get("$name-a"),            '1');
    expect("$name add",         !!$client->add("$name-a", '2'),     '');
    expect("$name replace",     $client->replace("$name-a", '3'),   1);
    expect("$name append",      $client->append("$name-a", '>'),    1);
    expect("$name prepend",     $client->prepend("$name-a", '<'),   1);
    expect("$name get again",   $client->get("$name-a"),            '<3>');
    $client->set($_, "value $_") for @keys;
    my $found = $client->get_multi(@keys, 'none');
    expect("$name get_multi",   join(',', map { $found->{$_} } @keys),
           join(',', map { "value $_" } @keys));
    expect("$name delete",      $client->delete($keys[0]),          1);
    expect("$name delete none", !!$client->delete($keys[0]),        '');
    expect("$name number",      $client->set("$name-n", 10),        1);
    expect("$name incr",        $client->incr("$name-n", 5),        15);
    expect("$name decr",        $client->decr("$name-n", 5),        10);
    expect("$name large value", $client->set("$name-big", $big),    1);
    expect("$name get large",   $client->get("$name-big") eq $big,  1);
}

# Generous timeouts: the machine may be busy.
my $fast = Cache::Memcached::Fast->new(
    {servers => ["$host:$port"], connect_timeout => 30, io_timeout => 30});
try_both('fast', $fast);
my $with_cas = $fast->gets('fast-a');
expect('fast cas',     $fast->cas('fast-a', $with_cas->[0], '4'),     1);
expect('fast old cas', !!$fast->cas('fast-a', $with_cas->[0], '5'),   '');
expect('fast touch',   $fast->touch('fast-a', 100),                   1);
expect('fast flush',   $fast->flush_all->{"$host:$port"},             1);
expect('fast flushed', $fast->get('fast-a'),                          undef);

my $plain = Cache::Memcached->new({servers => ["$host:$port"], connect_timeout => 30});
try_both('plain', $plain);
