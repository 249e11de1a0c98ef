// A client of memcached: some two hundred requests per second, three of four gets hit.
import {connect} from 'node:net';
import {api} from './chromium.mjs';

// Ends with the process.
export async function beginTraffic(admin, pool) {
  const {listen} = await api(admin, `/pools/${pool}`);
  const [host, port] = listen.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {});  // what it says is shown by the page
  socket.on('data', () => {});
  for (let i = 0; i < 96; ++i) socket.write(`set user:${i} 0 0 5\r\nhello\r\n`);
  let i = 0;
  setInterval(() => socket.write(`get user:${i++ % 128}\r\n`), 5).unref();
  socket.unref();
}
