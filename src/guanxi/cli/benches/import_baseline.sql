-- The rows of the ledger as one would make them by hand from the CSV; :csv and :now are filled in by benches/import_.py.
-- The clock in the file is Shanghai's, the firm's own; columns stand as in ORDER_COLUMNS, LINE_COLUMNS, EVENT_COLUMNS.
CREATE TABLE rows AS
SELECT
    row_number() OVER () AS place,
    "Order ID" AS number,
    "Order Date" AS wall,
    CAST(SUBSTR("Customer ID", 2) AS BIGINT) + 1 AS customer_id,
    SKU AS code,
    Product AS name,
    Category AS category,
    Quantity AS quantity,
    CAST("Unit Price" AS DECIMAL(18, 6)) AS price,
    CAST(Quantity * CAST("Unit Price" AS DECIMAL(18, 6)) AS DECIMAL(18, 4)) AS amount,
    Currency AS currency
FROM read_csv(:csv);

CREATE TABLE placed AS
SELECT row_number() OVER (ORDER BY place) AS id, *
FROM (
    SELECT
        number, MIN(place) AS place, MIN(customer_id) AS customer_id, MIN(currency) AS currency,
        CAST(MIN(wall) - INTERVAL 8 HOUR AS VARCHAR) AS placed_at, SUM(amount) AS amount
    FROM rows GROUP BY number
);

CREATE VIEW orders AS
SELECT
    id, customer_id, 'file', number, 'order', placed_at, currency, CAST(amount AS VARCHAR), CAST(amount AS VARCHAR),
    '1', LEFT(placed_at, 10), 'completed', placed_at, false, '', '', '', '{}', 1, :now, :now
FROM placed ORDER BY id;

CREATE VIEW lines AS
SELECT
    placed.id, row_number() OVER (PARTITION BY placed.id ORDER BY rows.place), code, name, category,
    CAST(quantity AS VARCHAR), CAST(price AS VARCHAR), CAST(rows.amount AS VARCHAR)
FROM rows JOIN placed USING (number) ORDER BY rows.place;

CREATE VIEW events AS
SELECT
    'order.placed', customer_id, 'order', CAST(id AS VARCHAR), '',
    '{"number": "' || number || '", "currency": "' || currency || '", "stage": "completed", "amount": "' || amount
        || '"}',
    placed_at, :now, 'file', true, false, 1
FROM placed ORDER BY id;
