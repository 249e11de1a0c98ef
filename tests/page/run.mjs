// Runs one scenario: node run.mjs SCENARIO http://127.0.0.1:PORT [ARGUMENT...]
const [name, admin, ...more] = process.argv.slice(2);
const {default: scenario} = await import(`./scenarios/${name}.mjs`);
try {
  await scenario(admin, ...more);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
process.exit();
