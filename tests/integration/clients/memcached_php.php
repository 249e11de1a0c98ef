<?php
// php-memcached (libmemcached, text protocol) against a pool. Arguments: host and port. Prints what it
// did; fails at the first wrong answer.

function expect(string $what, $got, $wanted): void {
    if ($got !== $wanted) {
        fwrite(STDERR, "$what: wanted " . var_export($wanted, true) . ', got ' .
               var_export($got, true) . "\n");
        exit(1);
    }
    echo "$what: ok\n";
}

$client = new Memcached();
$client->setOption(Memcached::OPT_BINARY_PROTOCOL, false);
$client->addServer($argv[1], (int)$argv[2]);

$values = [];
for ($i = 0; $i < 40; ++$i) {
    $values["$i-key"] = "value $i";
}
$big = str_repeat('b', 900000);
expect('miss', $client->get('none'), false);
expect('code of a miss', $client->getResultCode(), Memcached::RES_NOTFOUND);
expect('set', $client->set('a', '1', 100), true);
expect('get', $client->get('a'), '1');
expect('add', $client->add('a', '2'), false);
expect('replace', $client->replace('a', '3'), true);
$found = $client->get('a', null, Memcached::GET_EXTENDED);
expect('cas', $client->cas($found['cas'], 'a', '4'), true);
expect('cas of an old number', $client->cas($found['cas'], 'a', '5'), false);
expect('setMulti', $client->setMulti($values), true);
expect('getMulti', $client->getMulti(array_keys($values), Memcached::GET_PRESERVE_ORDER), $values);
expect('deleteMulti', array_unique(array_values($client->deleteMulti(array_keys($values)))), [true]);
expect('delete of none', $client->delete('none'), false);
expect('number', $client->set('n', 10), true);
expect('increment', $client->increment('n', 5), 15);
expect('decrement', $client->decrement('n', 99), 0);
expect('touch', $client->touch('a', 100), true);
$client->setOption(Memcached::OPT_COMPRESSION, false);
expect('large value', $client->set('big', $big), true);
expect('get of a large value', $client->get('big') === $big, true);
expect('version', substr(array_values($client->getVersion())[0], 0, 2), '1.');
expect('stats', (int)array_values($client->getStats())[0]['ringside_nodes'], 3);
expect('flush', $client->flush(), true);
expect('get after a flush', $client->get('a'), false);
