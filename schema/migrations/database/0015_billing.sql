CREATE TABLE `payment_customer` (
	`member` text PRIMARY KEY NOT NULL,
	`customer` text NOT NULL,
	`checkout` text,
	`visited_at` integer NOT NULL,
	`revision` integer DEFAULT 0 NOT NULL,
	`wake` integer DEFAULT false NOT NULL,
	`next_look` integer NOT NULL,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `payment_customer_customer_unique` ON `payment_customer` (`customer`);--> statement-breakpoint
CREATE INDEX `payment_customer_due` ON `payment_customer` (`next_look`);--> statement-breakpoint
CREATE TABLE `payment_event` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`customer` text,
	`received_at` integer NOT NULL,
	`processed_at` integer
);
--> statement-breakpoint
CREATE INDEX `payment_event_customer` ON `payment_event` (`customer`,`processed_at`);