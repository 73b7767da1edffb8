/** Where the gallery reports; a pino logger will do. */
export interface GalleryLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
