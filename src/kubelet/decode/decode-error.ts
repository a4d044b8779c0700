/** An answer that could not be decoded. The message says what was wrong and where; it is short and quotes nothing. */
export class DecodeError extends Error {
  override readonly name: string = 'DecodeError'
}

/** The kubelet answered well-formed and said that it failed to collect its metrics (`resource_scrape_error 1`). */
export class ScrapeReportedError extends DecodeError {
  override readonly name = 'ScrapeReportedError'
}
