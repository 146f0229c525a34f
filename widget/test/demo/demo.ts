import { spawn, type ChildProcess } from "node:child_process";
import { createServer } from "node:net";

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

/** The real demo: the binary that `cargo build` made, with its own fresh database. */
export class Demo {
  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<Demo> {
    const port = await freePort();
    const binary = process.env["EXITPOLL"] || new URL("../../../target/debug/exitpoll", import.meta.url).pathname;
    const child = spawn(binary, ["demo", "--listen", `127.0.0.1:${port}`], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise<void>((resolve, reject) => {
      let said = "";
      child.stdout.on("data", (text: Buffer) => {
        said += text.toString();
        if (said.includes("Site key")) resolve();
      });
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`the demo ended with ${code}: ${said}`)));
    });
    return new Demo(`http://localhost:${port}`, child);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.process.once("exit", () => resolve());
      this.process.kill("SIGTERM");
    });
  }
}
