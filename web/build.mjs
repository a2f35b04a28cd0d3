// Copies what the program embeds from node_modules into dist.
import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

const from = join(import.meta.dirname, "node_modules", "swagger-ui-dist");
const to = join(import.meta.dirname, "dist", "swagger");
const files = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png", "LICENSE", "NOTICE"];

await rm(to, { recursive: true, force: true });
await mkdir(to, { recursive: true });
await Promise.all(files.map((file) => copyFile(join(from, file), join(to, file))));
