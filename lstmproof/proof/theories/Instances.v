(* What a generated instance of the gradient theorem needs: entries of arrays, and the one script for every cell.

   An instance states everything in plain functions of a step and of positions, such as  v_h e t i.  Inside its proof
   the cell is a list of nodes (Nodes.v), and each hypothesis of Gradient.gradient computes to an equation between
   plain expressions. The tactics below close these; there is no search beyond pairing equal sums. *)

From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From LstmProof Require Import Functions Sums Nodes Gradient.
Import ListNotations.
Open Scope R_scope.

Definition entry (position : nat) (k : index) : nat := nth position k O.

(* What holds at every multi-index of a box, said of its positions one by one. *)
Fixpoint at_positions (ns : list nat) (P : index -> Prop) : Prop :=
  match ns with [] => P [] | n :: ns' => forall i, (i < n)%nat -> at_positions ns' (fun k => P (i :: k)) end.

Lemma by_position ns : forall P, at_positions ns P -> forall k, in_box ns k -> P k.
Proof.
  induction ns as [|n ns IH]; intros P A [|i k] B; try now destruct B.
  destruct B as [Hi Hk]. exact (IH _ (A i Hi) k Hk).
Qed.

(* What holds of all in a concrete list, one goal for each. *)
Fixpoint each {A} (P : A -> Prop) (l : list A) : Prop :=
  match l with [] => True | x :: l' => P x /\ each P l' end.

Lemma each_In {A} (P : A -> Prop) (l : list A) : each P l -> forall x, In x l -> P x.
Proof. induction l as [|a l IH]; intros E x I; [easy|]. destruct E, I as [<-|I]; [easy|now apply IH]. Qed.

Ltac one_by_one write_out :=
  match goal with |- forall x, In x ?l -> @?P x =>
    refine (each_In P l _); let claim := fresh in set (claim := P);
    write_out; cbv beta iota zeta delta [each results moving map app out];
    repeat match goal with |- _ /\ _ => split | |- True => exact I end; cbv beta delta [claim]; clear claim
  end.

(* Computes with nodes, names and masks; numbers, sums and values of the run stay as they are. *)
Ltac compute_nodes := cbv beta iota zeta delta [
  loss adjoint_says inner arriving uses occurrences read_at reads
  value arguments look operand_at arity pulled_back eval partial smooth add sub neg mul div
  out sizes kept operands body source name axes same_kind
  value_of slope_of smooth_at sigmoid_row tanh_row exp_row log_row sqrt_row abs_row sin_row cos_row relu_row
  softplus_row hard_sigmoid_row power_row Z.of_nat Pos.of_succ_nat Pos.succ
  sum_box select others merge member sum_list entry at_positions
  nth length map filter flat_map app seq fst snd hd tl existsb negb andb orb Nat.eqb Nat.pred].

(* A condition of smoothness: trivial, or one of the premises that `premise` applies. *)
Ltac condition premise :=
  repeat match goal with |- _ /\ _ => split | |- True => exact I | |- everywhere _ => exact I end; premise.

(* Divisors in an equation between derivatives: what a premise says, or a number. *)
Ltac nonzero := repeat match goal with |- _ /\ _ => split end;
  first [ assumption | lra | match goal with H : _ |- _ => eapply H; eassumption end
        | match goal with H : _ |- _ => eapply Rgt_not_eq, H; eassumption end ].

(* Equality of two expressions without sums to pair; `rewrite_values` writes saved values out. *)
Ltac leaf rewrite_values :=
  first [ reflexivity | ring
        | rewrite_values; unfold Rdiv; first [ ring | field; nonzero ] ].

(* A sum whose terms have a factor 0: of a value that no error reaches. *)
Ltac vanish := repeat match goal with |- context [sum_over ?n ?f] => match f with context [0 * _] =>
  rewrite (sum_over_vanishes n f) by (intros; cbv beta; vanish; ring) end end.

(* Equality of two sums of products and of sums: each sum on the right is paired with an equal one on the left. *)
Ltac pair_sums rewrite_values :=
  first [ reflexivity
        | match goal with |- ?L = ?R => match R with context [sum_over ?n ?g] =>
            lazymatch L with context [sum_over n g] => fail | _ =>
              match L with context [sum_over n ?f] => lazymatch R with context [sum_over n f] => fail | _ =>
                replace (sum_over n g) with (sum_over n f) by (apply sum_over_ext; intros; pair_sums rewrite_values)
              end end
            end end end; pair_sums rewrite_values
        | solve [leaf rewrite_values] ].

Ltac equal rewrite_values := vanish; pair_sums rewrite_values.
