"""What is handed to a reader on paper and asked of him: documents, questionnaires, customs papers, local help.

It chooses the document that fits a reader and keeps what he answers; it never writes to him and opens no task.
It may ask content, supply, consent and the ledger.
"""
