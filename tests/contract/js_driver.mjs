// Drive @arizeai/ax-client: a JSON request a line in ({"call", "arguments"}), a JSON reply a line out ({"value"} or {"error", "status"}).
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const ax = createRequire(process.argv[2])("@arizeai/ax-client");

for await (const line of createInterface({ input: process.stdin })) {
  const { call, arguments: given } = JSON.parse(line);
  let reply;
  try {
    reply = { value: (await ax[call](given)) ?? null };
  } catch (error) {
    reply = { error: String(error.message), kind: error.constructor.name, status: error.status ?? null };
  }
  process.stdout.write(JSON.stringify(reply) + "\n");
}
