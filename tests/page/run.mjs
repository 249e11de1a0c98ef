// Runs one scenario: node run.mjs SCENARIO http://127.0.0.1:PORT [ARGUMENT...]
const [name, admin, ...more] = process.argv.slice(2);
let closeBrowsers = async () => {};
try {
  ({closeBrowsers} = await import('./chromium.mjs'));
  const {default: scenario} = await import(`./scenarios/${name}.mjs`);
  await scenario(admin, ...more);
} catch (error) {
  console.error(error);
  if (error.code === 'ERR_MODULE_NOT_FOUND') {
    console.error('tests/run installs what is missing here, as "npm ci" in tests/page does');
  }
  process.exitCode = 1;
}
await closeBrowsers();
process.exit();
