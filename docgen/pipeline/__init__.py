"""The use cases, one module each: import, check, bind, sign, store, audit, close a period."""
