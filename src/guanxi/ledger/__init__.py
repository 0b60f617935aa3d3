"""What happened: customers who buy, contacts who read, their orders, invoices, notes, and every event.

It never judges, scores or sends.
It may ask the kernel, the engine, the firm and the staff.
"""
