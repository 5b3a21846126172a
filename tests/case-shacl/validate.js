// node validate.js ONTOLOGY_FOLDER FILE...: exit 0 when every JSON-LD file satisfies the shapes, 1 with the violations.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import jsonld from 'jsonld';
import { Parser, Store } from 'n3';
import Validator from 'rdf-validate-shacl';

const [ontology, ...files] = process.argv.slice(2);
const leftOut = new Set(['http://www.w3.org/2002/07/owl#imports', 'http://www.w3.org/ns/shacl#sparql']);
const shapes = new Store();
for (const entry of readdirSync(ontology, { recursive: true, withFileTypes: true })) {
  if (entry.name.endsWith('.ttl')) {
    // What the ontology imports lies in the same folder. Constraints written in SPARQL are beyond this validator.
    const statements = new Parser().parse(readFileSync(join(entry.parentPath ?? entry.path, entry.name), 'utf8'));
    shapes.addQuads(statements.filter((statement) => !leftOut.has(statement.predicate.value)));
  }
}

// A file brings its own context; nothing is fetched.
const documentLoader = (url) => { throw new Error(`a context of elsewhere is named: ${url}`); };
let bad = 0;
for (const file of files) {
  const quads = new Parser({ format: 'N-Quads' }).parse(await jsonld.toRDF(JSON.parse(readFileSync(file, 'utf8')), { format: 'application/n-quads', documentLoader }));
  // Classes are judged with their super-classes, which the ontology names.
  const data = new Store([...shapes, ...quads]);
  const report = await new Validator(shapes).validate(data);
  const nodes = new Set(quads.map((quad) => quad.subject.value));
  const violations = report.results.filter((result) => result.severity.value.endsWith('#Violation') && nodes.has(result.focusNode?.value));
  for (const violation of violations) {
    console.log(`${file}: ${violation.focusNode.value} ${violation.path?.value ?? ''} ${violation.message.map((m) => m.value).join('; ')}`);
  }
  console.log(`${file}: ${quads.length} statements, ${violations.length} violations`);
  bad += violations.length;
}
process.exitCode = bad === 0 ? 0 : 1;
