/** The little of Node's global that is used here; TypeScript declares it among the browser's things only. */
declare namespace WebAssembly {
  class Memory {
    constructor(pages: { readonly initial: number; readonly maximum: number; readonly shared?: boolean });
    /** Or a SharedArrayBuffer, which views take as well. */
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  const Module: new (bytes: Uint8Array) => object;
  class Instance {
    constructor(module: object, imports: { readonly env: { readonly memory: Memory } });
    readonly exports: object;
  }
}
