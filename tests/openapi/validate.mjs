// Whether what this address answers is valid OpenAPI:
//   node validate.mjs http://127.0.0.1:PORT/openapi.json
// Prints the version of the specification that it follows; fails with what is wrong.
let Validator;
try {
  ({Validator} = await import('@seriousme/openapi-schema-validator'));
} catch (error) {
  console.error(error.message);
  console.error('tests/run installs what is missing here, as "npm ci" in tests/openapi does');
  process.exit(1);
}
const answer = await fetch(process.argv[2]);
const document = await answer.json();
const validator = new Validator();
const {valid, errors} = await validator.validate(document);
if (!valid) {
  console.error(JSON.stringify(errors, null, 2));
  process.exit(1);
}
validator.resolveRefs();  // throws if one leads nowhere
console.log(validator.version);
