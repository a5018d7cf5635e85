// Bundles entry.js into one file, which begins with the licence of every package
// that is in it.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";

const [out] = process.argv.slice(2);
const { outputFiles, metafile } = await build({
  entryPoints: ["entry.js"], bundle: true, format: "esm", minify: true, target: "es2022", charset: "utf8",
  legalComments: "inline", metafile: true, write: false,
});
const packages = new Set(Object.keys(metafile.inputs).map((name) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(name)?.[1]).filter(Boolean));
const licences = [...packages].sort().map((name) => {
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  return `${name} ${version}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim()}\n`;
});
const head = "/*\nMade by .ci/codemirror/build. It holds these packages:\n\n" + licences.join("\n") + "*/\n";
if (head.indexOf("*/") !== head.length - 3) throw new Error("a licence would end the comment");
writeFileSync(out, head + outputFiles[0].text);
