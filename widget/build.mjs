// Bundles the scripts into static/widget; with --size it only checks what lies there against size.json.
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { brotliCompressSync, constants } from "node:zlib";
import * as esbuild from "esbuild";
import { minify } from "terser";

const out = new URL("../static/widget/", import.meta.url);
const entries = {
  embed: "src/loader/index.ts",
  core: "src/core/index.ts",
  carts: "src/carts/index.ts",
  ui: "src/ui/index.ts",
  tools: "src/tools/index.ts",
};

/** Imports a stylesheet as minified text: it becomes a constructable sheet, which no style-src forbids. */
const cssText = {
  name: "css-text",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await esbuild.transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

/**
 * Short names for what the bundles share among themselves: nothing here is the DOM's, the protocol's, or kept in storage.
 * They are written down because bundles of two releases may meet on one page.
 */
const mangleCache = JSON.parse(readFileSync(new URL("mangle.json", import.meta.url), "utf8"));

const bundle = async (name, entry) => {
  // The page's tag is a classic script; the others are imported.
  const module = name !== "embed";
  const { outputFiles } = await esbuild.build({
    absWorkingDir: new URL(".", import.meta.url).pathname,
    entryPoints: { [name]: entry },
    write: false,
    bundle: true,
    minify: true,
    format: module ? "esm" : "iife",
    target: "es2020",
    charset: "utf8",
    legalComments: "none",
    mangleProps: new RegExp(`^(${Object.keys(mangleCache).join("|")})$`),
    mangleCache,
    plugins: [cssText],
  });
  // A second look: it inlines and joins what esbuild leaves, a twentieth of the bytes.
  const { code } = await minify(outputFiles[0].text, { module, ecma: 2020, compress: { passes: 2 } });
  // Chromium compiles what it reads next to the page, not when a shopper is about to leave. The loader needs no such haste.
  const hint = module ? "//# allFunctionsCalledOnLoad\n" : "";
  await writeFile(new URL(`${name}.js`, out), `${hint}${code}\n`);
};

if (!process.argv.includes("--size")) for (const [name, entry] of Object.entries(entries)) await bundle(name, entry);

const brotli = (file) =>
  brotliCompressSync(readFileSync(new URL(file, out)), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

const { budgets } = JSON.parse(readFileSync(new URL("size.json", import.meta.url), "utf8"));
for (const { files, bytes } of budgets) {
  const size = files.map(brotli).reduce((a, b) => a + b);
  const over = size > bytes;
  console.log(`${over ? "OVER" : "ok  "} ${files.join(" + ").padEnd(20)} ${String(size).padStart(5)} of ${bytes} B`);
  if (over) process.exitCode = 1;
}
