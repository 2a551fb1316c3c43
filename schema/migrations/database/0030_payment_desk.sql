ALTER TABLE `subscription` ADD `disputed` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `payment_customer` ADD `read_at` integer;--> statement-breakpoint
ALTER TABLE `payment_customer` ADD `trouble_since` integer;--> statement-breakpoint
ALTER TABLE `payment_customer` ADD `trouble` text;--> statement-breakpoint
CREATE INDEX `payment_customer_trouble` ON `payment_customer` (`trouble_since`);--> statement-breakpoint
ALTER TABLE `payment_event` ADD `parked` text;--> statement-breakpoint
ALTER TABLE `payment_event` ADD `charge` text;--> statement-breakpoint
ALTER TABLE `payment_event` ADD `next_look` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `payment_event_waiting` ON `payment_event` (`received_at`) WHERE "payment_event"."processed_at" is null;--> statement-breakpoint
CREATE INDEX `payment_event_parked` ON `payment_event` (`received_at`) WHERE "payment_event"."parked" is not null;--> statement-breakpoint
UPDATE `subscription` SET `notice_at` = 0 WHERE `status` = 'trialing' AND `period_end` > (unixepoch() + 259200) * 1000;