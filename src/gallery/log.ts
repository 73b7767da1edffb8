/** Where the gallery reports; a pino logger will do. */
export interface GalleryLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
